import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { root } from '../set-up/root.ts'
import { buildPackages } from './build.ts'

/**
 * Makes a folder that has the packages as they are published, and everything else of the repository, in its
 * `node_modules`: once for the tests of the calling file, and until after them.
 *
 * @returns what gives its path, when the packages are built.
 */
export function publishedFolder(): () => Promise<string> {
  let made: Promise<string> | undefined
  after(async () => {
    const path = await made?.catch(() => undefined)
    if (path !== undefined) await rm(path, { recursive: true, force: true })
  })
  return () => {
    made ??= make()
    return made
  }
}

async function make(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'packages-'))
  const modules = join(path, 'node_modules')
  await buildPackages(join(modules, '@waybill'), { withTests: true })
  for (const name of await readdir(join(root, 'node_modules')))
    if (name !== '@waybill') await symlink(join(root, 'node_modules', name), join(modules, name))
  return path
}

/** What a program's environment is, without what the tests' own Node was told. */
export function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...inherited } = process.env
  return { ...inherited, ...more }
}
