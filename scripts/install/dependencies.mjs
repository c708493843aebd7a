import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs `npm ci` unless node_modules is what package-lock.json describes and holds the Node that everything
 * else runs on.
 *
 * @returns {Promise<void>}
 * @throws {Error} with one line that says what failed.
 */
export async function installDependencies() {
  if (isInstalled(root)) return
  const startedMs = performance.now()
  console.log('… Installing dependencies (npm ci)')
  const code = await npmCi()
  if (code !== 0) throw new Error(`npm ci failed (exit code ${code}); its message is above.`)
  if (!existsSync(nodeBinary(root))) {
    throw new Error(
      `npm ci did not install Node 24: run "npm rebuild node" in ${root} and look at its message.`,
    )
  }
  console.log(`✓ Installing dependencies (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`)
}

/**
 * Whether node_modules holds what the lock file asks for. npm notes what it installed in
 * node_modules/.package-lock.json, as its last act, so an install that was cut short does not count.
 *
 * @param {string} folder the one with package-lock.json.
 * @returns {boolean}
 */
export function isInstalled(folder) {
  const wanted = packagesOf(join(folder, 'package-lock.json'))
  const present = packagesOf(join(folder, 'node_modules', '.package-lock.json'))
  if (wanted === undefined || present === undefined || !existsSync(nodeBinary(folder))) return false
  return Object.entries(wanted).every(([path, { version, link, optional, devOptional, peer }]) => {
    // The workspaces themselves are not under node_modules; what is optional may be for another platform.
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true
    const installed = present[path]
    if (installed === undefined) return Boolean(optional || devOptional || peer)
    return installed.version === version && Boolean(installed.link) === Boolean(link)
  })
}

/**
 * @param {string} folder
 * @returns {string} the Node that the lock file pins.
 */
function nodeBinary(folder) {
  return join(folder, 'node_modules', 'node', 'bin', 'node')
}

/**
 * @param {string} path of a lock file.
 * @returns {Record<string, Record<string, unknown>> | undefined} its packages by folder.
 */
function packagesOf(path) {
  if (!existsSync(path)) return undefined
  return JSON.parse(readFileSync(path, 'utf8')).packages
}

/** @returns {Promise<number | null>} npm's exit code. */
async function npmCi() {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  // Inside an npm script, the npm that runs it; else the one in the path.
  const npm = process.env.npm_execpath
  const child = npm?.endsWith('.js')
    ? spawn(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
    : spawn('npm', args, { cwd: root, stdio: 'inherit' })
  const note = setInterval(() => console.log('… still installing'), 15_000)
  try {
    const [code] = await once(child, 'exit')
    return code
  } catch (error) {
    throw new Error(`npm cannot be run: ${error.message}. It comes with Node; install it and try again.`)
  } finally {
    clearInterval(note)
  }
}
