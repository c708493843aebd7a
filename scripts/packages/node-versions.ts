import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolder, withLock } from '@waybill/brokers'
import { runCommand } from '../set-up/run-command.ts'

/**
 * The path of a Node of a major version: this one, or the registry's newest of it, installed into the cache.
 *
 * @throws Error with what npm says where it cannot be installed.
 */
export async function nodeOf(major: number): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) === major) return process.execPath
  const home = join(cacheFolder(), `node-${major}`)
  const path = join(home, 'node_modules/node/bin/node')
  return withLock(`${home}.lock`, async () => {
    if ((await runCommand(path, ['--version'])).output.startsWith(`v${major}.`)) return path
    await mkdir(home, { recursive: true })
    await writeFile(join(home, 'package.json'), '{"private":true}')
    const install = ['install', '--no-audit', '--no-fund', `node@${major}`]
    const { code, output } = await runCommand('npm', install, { cwd: home })
    if (code !== 0) throw new Error(output)
    return path
  })
}
