import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { step } from './progress.ts'
import { runCommand, SetUpError } from './run-command.ts'

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const applications = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * The path of a Chromium for tests in a browser: CHROMIUM_PATH, else the system's, else installed with apt-get
 * where we may. Throws SetUpError with the command that would install it.
 */
export async function chromium(): Promise<string> {
  const named = process.env['CHROMIUM_PATH']
  if (named) {
    if (await isExecutable(named)) return named
    throw new SetUpError(`CHROMIUM_PATH is ${named}, but nothing can be run there.`)
  }
  return (await findChromium()) ?? step('Installing Chromium (apt-get)', installChromium)
}

/** The path of the system's Chromium, or undefined. */
export async function findChromium(path = process.env['PATH'] ?? ''): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(folder => folder !== '')
  const candidates = [
    ...commands.flatMap(command => folders.map(folder => join(folder, command))),
    ...(process.platform === 'darwin' ? applications : []),
  ]
  for (const candidate of candidates) if (await isExecutable(candidate)) return candidate
  return undefined
}

async function installChromium(say: (line: string) => void): Promise<string> {
  const prefix = await rootPrefix()
  if (prefix === undefined) {
    throw new SetUpError(
      process.platform === 'darwin'
        ? 'The tests in a browser need Chromium: brew install --cask chromium (or set CHROMIUM_PATH)'
        : 'The tests in a browser need Chromium: sudo apt-get install -y chromium (or set CHROMIUM_PATH)',
    )
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const [sudo, ...sudoArgs] = prefix
  const asRoot = (...args: readonly string[]) =>
    sudo === undefined
      ? runCommand('apt-get', args, { env })
      : runCommand(sudo, [...sudoArgs, 'apt-get', ...args], { env })
  say('updating the list of packages')
  await asRoot('update')
  say('installing chromium')
  const { code, output } = await asRoot(
    ...['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', 'chromium'],
  )
  const found = await findChromium()
  if (code === 0 && found !== undefined) return found
  throw new SetUpError(`apt-get install -y chromium failed: ${output.trim().split('\n').at(-1)}`)
}

/** What to put before apt-get: nothing for root, sudo where it asks no password, undefined where there is no way. */
async function rootPrefix(): Promise<readonly string[] | undefined> {
  if ((await runCommand('apt-get', ['--version'])).code !== 0) return undefined
  if (process.getuid?.() === 0) return []
  return (await runCommand('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : undefined
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
