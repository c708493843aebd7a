import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { root } from './root.ts'

const generated = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', '.waybill'])

/** Every file of the repository that a person wrote, relative to its root, in the order of their names. */
export async function repositoryFiles(): Promise<readonly string[]> {
  const found = await filesUnder(root)
  return found.map(path => relative(root, path)).sort()
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const files = entries
    .filter(({ name }) => !generated.has(name))
    .map(entry => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesUnder(path) : [path]
    })
  return (await Promise.all(files)).flat()
}
