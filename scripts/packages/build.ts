import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../set-up/root.ts'
import { runCommand } from '../set-up/run-command.ts'

/** What is published: the instrumentation, and what it stands on, lowest first. */
export const published = ['model', 'wire', 'tracer', 'instrument'] as const

interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly private?: boolean
}

export interface BuildOptions {
  /** Compiles unit tests of the tracer and the instrumentation, too: for a Node that takes no TypeScript. */
  readonly withTests?: boolean
}

/**
 * Builds the packages as they are published, each into a folder of its name without the scope: JavaScript and
 * declarations beside each other, as the sources lie, and a manifest that exports these.
 *
 * @throws Error with what the compiler says.
 */
export async function buildPackages(folder: string, { withTests = false }: BuildOptions = {}): Promise<void> {
  await mkdir(folder, { recursive: true })
  const sources = join(root, 'packages')
  const manifests = await Promise.all(published.map(name => readManifest(join(sources, name))))
  const entries = manifests.flatMap((manifest, index) =>
    Object.entries(manifest.exports)
      .filter(([path, source]) => source.endsWith('.ts') && !/arbitrary|samples/.test(path))
      .map(([, source]) => join(sources, published[index] ?? '', source)),
  )
  const tests = withTests ? ['tracer', 'instrument'].map(name => join(sources, name, 'src/**/*.test.ts')) : []
  await compile(folder, sources, [...entries, ...tests], pathsOf(manifests, sources))
  for (const [index, name] of published.entries()) {
    const manifest = await publishedManifest(manifests[index] as Manifest, join(folder, name))
    await writeFile(join(folder, name, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
}

/**
 * Where each name that a package exports lies among the sources. Without this the compiler finds them below
 * `node_modules`, where it compiles nothing: whether a module is written would depend on who imports it first.
 */
function pathsOf(
  manifests: readonly Manifest[],
  sources: string,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    manifests.flatMap(({ name, exports }, index) =>
      Object.entries(exports)
        .filter(([, source]) => source.endsWith('.ts'))
        .map(([path, source]) => [join(name, path), [join(sources, published[index] ?? '', source)]]),
    ),
  )
}

/**
 * Compiles modules and those that they import, from `sources` to the same place below `folder`.
 *
 * @param paths by name, where modules lie that are imported by a name.
 */
async function compile(
  folder: string,
  sources: string,
  include: readonly string[],
  paths: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const project = join(folder, 'tsconfig.json')
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rootDir: sources,
    outDir: folder,
    paths,
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include, exclude: [] }
  await writeFile(project, JSON.stringify(config))
  const { code, output } = await runCommand(join(root, 'node_modules/.bin/tsc'), ['-p', project])
  await rm(project)
  if (code !== 0) throw new Error(`The packages do not compile:\n${output}`)
}

async function publishedManifest(manifest: Manifest, folder: string): Promise<object> {
  const { devDependencies: _, private: __, exports, dependencies = {}, ...kept } = manifest
  const entries: [string, unknown][] = []
  for (const [path, source] of Object.entries(exports)) {
    const script = source.replace(/\.ts$/, '.js')
    const isBuilt = await stat(join(folder, script)).then(
      () => true,
      () => false,
    )
    if (!source.endsWith('.ts')) entries.push([path, source])
    else if (isBuilt) entries.push([path, { types: source.replace(/\.ts$/, '.d.ts'), default: script }])
  }
  const pinned = Object.entries(dependencies).map(([name, range]) => [
    name,
    name.startsWith('@waybill/') ? manifest.version : range,
  ])
  return {
    ...kept,
    engines: { node: '>=20.6' },
    exports: Object.fromEntries(entries),
    dependencies: Object.fromEntries(pinned),
  }
}
