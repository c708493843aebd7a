import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const installed = fileURLToPath(new URL('../../../../node_modules', import.meta.url))

/** What uses the API, and so must lie beside a copy of it to use that one. */
const sdk = ['core', 'resources', 'sdk-trace', 'sdk-trace-base', 'context-async-hooks']

/** The newest version that is tested, which is two copies in one: of an ES module, and of CommonJS. */
export const newestApi = 'opentelemetry-api-1.10.0'

/**
 * Makes a `node_modules` with a copy of OpenTelemetry's API and an SDK that uses it.
 *
 * @param folder in which it is made.
 * @param api the package in the repository's `node_modules` that is copied as `@opentelemetry/api`.
 */
export async function installSdk(folder: string, api: string): Promise<void> {
  const scope = join(folder, 'node_modules', '@opentelemetry')
  await mkdir(scope, { recursive: true })
  await copyPackage(api, join(scope, 'api'))
  for (const name of sdk) await copyPackage(`@opentelemetry/${name}`, join(scope, name))
  const conventions = '@opentelemetry/semantic-conventions'
  await symlink(join(installed, conventions), join(folder, 'node_modules', conventions))
}

const repository = new URL('../../../../', import.meta.url)
const ours = ['instrument', 'tracer', 'wire', 'model']

/**
 * Makes a `node_modules` with copies of our packages, which use the API that is installed beside them. The copies lie
 * elsewhere, since Node takes no TypeScript from below `node_modules`.
 */
export async function installOurs(folder: string): Promise<void> {
  const scope = join(folder, 'node_modules', '@waybill')
  await mkdir(scope, { recursive: true })
  for (const name of ours) {
    const copy = join(folder, 'packages', name)
    for (const part of ['src', 'package.json'])
      await cp(new URL(`packages/${name}/${part}`, repository), join(copy, part), { recursive: true })
    await symlink(copy, join(scope, name))
  }
}

/** Copies what Node runs: neither maps, nor declarations, nor what bundlers take. */
function copyPackage(name: string, to: string): Promise<void> {
  return cp(join(installed, name), to, {
    recursive: true,
    filter: path => !/\.map$|\.d\.[cm]?ts$|\/build\/(esm|esnext)$/.test(path),
  })
}
