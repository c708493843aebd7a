import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SourceFile } from './source.ts'
import { importsOf, isTest, sourceFiles } from './source.ts'
import { importedWorkspace, resolveImport, workspaceOf, workspaces } from './workspaces.ts'

/** Workspace → workspaces that its code may import. What has no line here may import all. */
const packageLayers: Readonly<Record<string, readonly string[]>> = {
  '@waybill/model': [],
  '@waybill/wire': ['@waybill/model'],
  '@waybill/api': ['@waybill/model'],
  '@waybill/query-language': ['@waybill/model'],
  '@waybill/tracer': ['@waybill/model', '@waybill/wire'],
  '@waybill/instrument': ['@waybill/model', '@waybill/tracer'],
  waybill: ['@waybill/model', '@waybill/wire', '@waybill/api', '@waybill/query-language'],
  '@waybill/web': ['@waybill/model', '@waybill/api', '@waybill/query-language'],
  '@waybill/brokers': [],
}

/** Folder of the server → folders that it may import. Only main.ts sees all; the files beside it see none. */
const serverLayers: Readonly<Record<string, readonly string[]>> = {
  receive: ['accept', 'grpc'],
  accept: ['spool'],
  spool: ['store'],
  store: [],
  query: ['store'],
  serve: ['query', 'grpc'],
  sampling: ['grpc'],
  grpc: [],
  config: [],
  cli: ['config'],
}
const serverSource = 'apps/server/src/'

const all = await workspaces()
const files = await sourceFiles()

function violations(check: (file: SourceFile, specifier: string) => string | undefined): readonly string[] {
  return files.flatMap(file =>
    file.imports.flatMap(({ specifier }) => {
      const problem = check(file, specifier)
      return problem === undefined ? [] : [`${file.path} imports ${specifier}: ${problem}`]
    }),
  )
}

test('imports are found in every form', () => {
  const text = [
    "import type { A } from './a.ts'",
    'import {\n  b,\n  c,\n} from "./b.ts"',
    "import './c.ts'",
    "export { d } from './d.ts'",
    "export type { E } from './e.ts'",
    "const f = await import('./f.ts')",
    "// import { g } from './g.ts'",
    "/* import { h } from './h.ts' */",
  ].join('\n')
  const found = importsOf(text)
  assert.deepEqual(
    found.map(({ specifier }) => specifier).sort(),
    ['a', 'b', 'c', 'd', 'e', 'f'].map(x => `./${x}.ts`),
  )
  assert.deepEqual(
    found.filter(({ isType }) => isType).map(({ specifier }) => specifier),
    ['./a.ts', './e.ts'],
  )
})

test('packages import only the layers below them', () => {
  const found = violations((file, specifier) => {
    const allowed = packageLayers[workspaceOf(file.path, all)?.name ?? '']
    const imported = importedWorkspace(specifier, all)
    if (allowed === undefined || imported === undefined || isTest(file.path)) return undefined
    if (imported === workspaceOf(file.path, all) || allowed.includes(imported.name)) return undefined
    return 'that layer is not below this one'
  })
  assert.deepEqual(found, [])
})

test('the instrumentation reaches the tracer only where it starts one', () => {
  const found = violations((file, specifier) => {
    const isTracer = specifier.startsWith('@waybill/tracer')
    if (!isTracer || isTest(file.path) || !file.path.startsWith('packages/instrument/src/')) return undefined
    return file.path.startsWith('packages/instrument/src/start/')
      ? undefined
      : 'only start/ may, for spans go to whatever provider the application has'
  })
  assert.deepEqual(found, [])
})

test('a workspace declares the workspaces it imports, and reaches them by name', () => {
  const found = violations((file, specifier) => {
    const own = workspaceOf(file.path, all)
    if (own === undefined) return undefined
    const imported = importedWorkspace(specifier, all)
    if (imported !== undefined && imported !== own && !own.dependencies.has(imported.name)) {
      return `${own.folder}/package.json does not name it`
    }
    const target = specifier.startsWith('.') ? resolveImport(file.path, specifier, all) : undefined
    return target !== undefined && workspaceOf(target, all) !== own ? 'it leaves its workspace' : undefined
  })
  assert.deepEqual(found, [])
})

test("the server's folders import only the next one on the way", () => {
  const folderOf = (path: string): string => /^([^/]+)\//.exec(path.slice(serverSource.length))?.[1] ?? ''
  const found = violations((file, specifier) => {
    if (!file.path.startsWith(serverSource) || isTest(file.path)) return undefined
    const target = resolveImport(file.path, specifier, all)
    if (target === undefined || !target.startsWith(serverSource)) return undefined
    const [from, to] = [folderOf(file.path), folderOf(target)]
    if (from === to || file.path === `${serverSource}main.ts`) return undefined
    if (target === `${serverSource}main.ts`)
      return from === 'cli' ? undefined : 'only the command line starts the server'
    // Files beside main.ts, such as the errors of a start, are for everybody, and lean on nothing but the settings.
    if (to === '') return undefined
    if (from === '') return to === 'config' ? undefined : 'only main.ts sees the folders'
    return serverLayers[from]?.includes(to) ? undefined : `${from}/ must not see ${to}/`
  })
  assert.deepEqual(found, [])
})

test('no modules import each other in a circle', () => {
  const graph = new Map(
    files.map(file => {
      const targets = file.imports.map(({ specifier }) => resolveImport(file.path, specifier, all))
      return [file.path, targets.filter(target => target !== undefined)] as const
    }),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start >= 0) circles.push([...way.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...way, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  assert.deepEqual(circles, [])
})
