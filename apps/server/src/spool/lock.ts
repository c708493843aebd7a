import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartupError, systemCode } from '../startup-error.ts'

/** A data folder that is ours until `release`, or until the process ends in whatever way. */
export interface FolderLock {
  release(): void
}

const sqliteBusy = 5
/** A database that nobody refers to is collected, which closes it and drops the lock. */
const held = new Set<DatabaseSync>()

/**
 * Makes the data folder where it is missing, and takes it for this process. The lock is the operating
 * system's own, on a file, so it falls with the process; see RATIONALE.md.
 *
 * @throws StartupError, one line, where the folder cannot be written or another server has it.
 */
export function lockDataFolder(folder: string): FolderLock {
  const path = resolve(folder)
  const pidFile = join(path, 'server.pid')
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    throw new StartupError(`cannot make the data folder ${path}: ${systemCode(cause)}`, { cause })
  }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(path, 'server.lock'))
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    writeFileSync(pidFile, String(process.pid))
  } catch (cause) {
    database?.close()
    if (sqliteCode(cause) === sqliteBusy)
      throw new StartupError(`the data folder ${path} is in use by another server${holder(pidFile)}`, {
        cause,
      })
    const reason = systemCode(cause) === 'ERR_SQLITE_ERROR' ? (cause as Error).message : systemCode(cause)
    throw new StartupError(`cannot write to the data folder ${path}: ${reason}`, { cause })
  }
  const locked = database
  held.add(locked)
  return {
    release: () => {
      if (held.delete(locked)) locked.close()
    },
  }
}

function sqliteCode(error: unknown): unknown {
  return error instanceof Error && 'errcode' in error ? error.errcode : undefined
}

function holder(pidFile: string): string {
  try {
    return ` (process ${readFileSync(pidFile, 'utf8')})`
  } catch {
    return ''
  }
}
