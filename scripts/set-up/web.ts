import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { step } from './progress.ts'
import { root } from './root.ts'
import { runCommand, SetUpError } from './run-command.ts'

/** What the built pages are made of. */
const sources = [
  'package-lock.json',
  'apps/web',
  'packages/model/src',
  'packages/api/src',
  'packages/query-language/src',
]

const built = join(root, 'apps/web/dist/index.html')
const stampPath = join(root, 'node_modules/.cache/waybill/web-sources')

/** Builds the web UI unless what is there was built from the same sources. Throws SetUpError with the build's output. */
export async function buildWeb(): Promise<void> {
  const stamp = await fingerprint(root, sources)
  const last = await readFile(stampPath, 'utf8').catch(() => '')
  if (existsSync(built) && last === stamp) return
  await step('Building the web UI', async () => {
    const { code, output } = await runCommand('npm', ['run', 'build', '-w', '@waybill/web'], { cwd: root })
    if (code !== 0) throw new SetUpError(`The web UI does not build:\n${output}`)
  })
  await mkdir(dirname(stampPath), { recursive: true })
  await writeFile(stampPath, stamp)
}

/** A hash over the names and contents of files; tests, installed and built files do not count. */
export async function fingerprint(folder: string, paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of await filesUnder(join(folder, path))) {
      hash.update(`${file.slice(folder.length)}\n`)
      hash.update(await readFile(file))
    }
  }
  return hash.digest('hex')
}

async function filesUnder(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return existsSync(path) ? [path] : []
  const kept = entries
    .filter(({ name }) => name !== 'node_modules' && name !== 'dist' && !/\.test\.tsx?$/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const files = kept.map(entry => {
    const inner = join(path, entry.name)
    return entry.isDirectory() ? filesUnder(inner) : [inner]
  })
  return (await Promise.all(files)).flat()
}
