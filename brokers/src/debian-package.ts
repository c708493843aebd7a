import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder, withLock } from './cache.ts'
import { BrokerUnavailable } from './errors.ts'

const run = promisify(execFile)
const installBoundMs = 600_000

/**
 * Installs a package of Debian where we may: as root, or by sudo where it asks no password. Its services are not
 * started.
 *
 * @throws BrokerUnavailable with the command that would help.
 */
export async function installDebianPackage(
  name: string,
  what: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const prefix = await rootPrefix()
  if (prefix === undefined)
    throw new BrokerUnavailable(
      process.platform === 'darwin'
        ? `${what} is not installed: brew install ${name.replace('-server', '')}`
        : `${what} is not installed: sudo apt-get install -y ${name}`,
    )
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args: readonly string[]) => {
    const [command = '', ...rest] = [...prefix, 'apt-get', '-o', 'DPkg::Lock::Timeout=300', ...args]
    return run(command, rest, { env, timeout: installBoundMs, maxBuffer: 1 << 26 })
  }
  await withLock(join(cacheFolder(), `debian-${name}.lock`), async () => {
    onProgress(`Installing ${what} (apt-get, once)`)
    // A list that cannot be updated may still know the package.
    await apt('update').catch(() => undefined)
    await apt('install', '-y', '--no-install-recommends', name).catch(
      (error: { stderr?: string; message: string }) => {
        const why = (error.stderr ?? error.message).trim().split('\n').at(-1)
        throw new BrokerUnavailable(`apt-get install -y ${name} failed: ${why}`)
      },
    )
  })
}

async function rootPrefix(): Promise<readonly string[] | undefined> {
  const works = (command: string, ...args: readonly string[]): Promise<boolean> =>
    run(command, [...args]).then(
      () => true,
      () => false,
    )
  if (!(await works('apt-get', '--version'))) return undefined
  if (process.getuid?.() === 0) return []
  return (await works('sudo', '-n', 'true')) ? ['sudo', '-n'] : undefined
}
