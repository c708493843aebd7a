import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** The folder for what is downloaded once: WAYBILL_CACHE, or `.cache/waybill` in the home folder. */
export function cacheFolder(): string {
  const named = process.env['WAYBILL_CACHE']
  return named ? resolve(named) : join(homedir(), '.cache', 'waybill')
}

/**
 * Runs `task` while holding the lock file at `path`, so that processes started at once install one after the
 * other. A lock whose owner is no longer alive is taken over.
 */
export async function withLock<Result>(path: string, task: () => Promise<Result>): Promise<Result> {
  await mkdir(join(path, '..'), { recursive: true })
  while (!(await tryLock(path))) {
    if (await ownerIsGone(path)) await rm(path, { force: true })
    else await delay(100)
  }
  try {
    return await task()
  } finally {
    await rm(path, { force: true })
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.write(String(process.pid))
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function ownerIsGone(path: string): Promise<boolean> {
  const owner = Number(await readFile(path, 'utf8').catch(() => ''))
  // An empty file is an owner between creating and writing it.
  if (!Number.isInteger(owner) || owner <= 0) return false
  try {
    process.kill(owner, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
