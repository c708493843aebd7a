import { spawnSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'

/*
 * Builds the clients that are addons of C++ from source, for the Node that runs this, in the working directory:
 *
 *   headers/   what addons are compiled against, from the package that Node itself comes in
 *   confluent/ with librdkafka, which is most of the work; the three others are linked to it
 *
 * Where an argument says which folder has librdkafka already, which is the same for every Node, only the newest
 * version of each client is built, and linked to that.
 *
 * Nothing is optimised: what is tested is not their speed, and it halves the time.
 */

const here = process.cwd()
const [librdkafka] = process.argv.slice(2)
const { version, platform, arch } = process
const headers = join(here, 'headers')
const nodePackage = `node-${platform}-${arch}`

const environment = {
  ...process.env,
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  npm_config_nodedir: join(headers, 'node_modules', nodePackage),
  npm_config_build_from_source: 'true',
  CKJS_LINKING: 'dynamic',
  CFLAGS: '-O0 -g0 -w',
  CXXFLAGS: '-O0 -g0 -w',
}

/** Runs npm in a folder until it ends; what it writes is this program's. */
function npm(folder, args, env = {}) {
  const { status, error } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: join(here, folder),
    env: { ...environment, ...env },
    stdio: 'inherit',
  })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}

npm('.', [
  'install',
  '--prefix',
  headers,
  '--no-save',
  '--ignore-scripts',
  `${nodePackage}@${version.slice(1)}`,
])
await rm(join(headers, 'node_modules', nodePackage, 'bin'), { recursive: true, force: true })

/** Builds clients that are linked to the librdkafka of a folder. */
function buildLinked(built, folders) {
  const linked = {
    BUILD_LIBRDKAFKA: '0',
    // Before the folders that the clients name, where an older librdkafka of the system's may be.
    CXX: `g++ -I${join(built, 'include', 'librdkafka')}`,
    LDFLAGS: `-L${built} -Wl,-rpath,${built}`,
    JOBS: 'max',
  }
  for (const folder of folders) npm(folder, ['ci', '--foreground-scripts'], linked)
}

const confluent = join('confluent', 'node_modules', '@confluentinc', 'kafka-javascript')
if (librdkafka === undefined) {
  npm('confluent', ['ci', '--foreground-scripts'])
  await rm(join(here, confluent, 'deps'), { recursive: true })
  buildLinked(join(here, confluent, 'build', 'deps'), ['confluent-oldest', 'rdkafka', 'rdkafka-oldest'])
} else {
  buildLinked(librdkafka, ['confluent', 'rdkafka'])
  await rm(join(here, confluent, 'deps'), { recursive: true })
}
