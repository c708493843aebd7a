import nodeModule, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { guarded, warnOnce } from '../warn.ts'

/** Code that runs at the end of a module, in its scope. */
export interface SourceAddition {
  /** How the path of the module ends, with slashes: `/kafkajs/index.js`. */
  readonly suffix: string
  readonly code: string
}

/** Adds code to modules as they are loaded, by `import` and `require` alike. Needs Node 20.6 or later. */
export function addToModules(additions: readonly SourceAddition[]): void {
  if (additions.length === 0) return
  if (typeof nodeModule.registerHooks === 'function') addByHooks(additions)
  else if (typeof nodeModule.register === 'function') addByLoaders(additions)
  else warnOnce('Modules that are loaded from now on cannot be traced: Node 20.6 or later is needed')
}

function additionsTo(path: string, additions: readonly SourceAddition[]): readonly string[] {
  return additions.filter(({ suffix }) => path.endsWith(suffix)).map(({ code }) => code)
}

/** Node's synchronous hooks: 22.15, 23.5 and later. */
function addByHooks(additions: readonly SourceAddition[]): void {
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const path = url.startsWith('file:') ? url.slice('file://'.length).split('?', 1)[0] : undefined
      const codes = path === undefined ? [] : additionsTo(path, additions)
      if (codes.length === 0) return loaded
      if (loaded.source === null || loaded.source === undefined) {
        warnOnce(`${fileURLToPath(url)} could not be traced: Node gives no source`)
        return loaded
      }
      const source =
        typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array)
      return { ...loaded, source: [String(source), ...codes].join('\n') }
    },
  })
}

type Compile = (this: unknown, content: string, path: string, ...rest: unknown[]) => unknown

/** Runs on a thread of Node's own, which gives ES modules their source. What is CommonJS is compiled on ours. */
const loaderThread = `
let additions = []
export function initialize(given) { additions = given }
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context)
  if (loaded.format !== 'module' || !url.startsWith('file:')) return loaded
  const path = url.slice('file://'.length).split('?', 1)[0]
  const codes = additions.filter(({ suffix }) => path.endsWith(suffix)).map(({ code }) => code)
  if (codes.length === 0) return loaded
  return { ...loaded, source: [Buffer.from(loaded.source).toString(), ...codes].join('\\n') }
}
`

/** What older versions have: a function that compiles CommonJS, and hooks on a thread for ES modules. */
function addByLoaders(additions: readonly SourceAddition[]): void {
  const { prototype } = nodeModule as unknown as { readonly prototype: { _compile: Compile } }
  const compile = prototype._compile
  prototype._compile = function (content, path, ...rest) {
    const codes = additionsTo(path.replaceAll('\\', '/'), additions)
    return compile.call(this, [content, ...codes].join('\n'), path, ...rest)
  }
  nodeModule.register(`data:text/javascript,${encodeURIComponent(loaderThread)}`, { data: additions })
}

/** A module of a client, and what is done with it once it is loaded. */
export interface ClientPatch {
  /** The package and the file within: `kafkajs/index.js`. */
  readonly module: string
  /** What shall be patched, as an expression in the module's own scope; by default what CommonJS exports. */
  readonly exports?: string
  /** Where the module lies, as such an expression, if the patch needs it. */
  readonly path?: string
  /** Called once for each copy of the package; what it throws is one warning. */
  readonly patch: (exports: object, path: string | undefined) => void
}

/**
 * Patches every copy of these modules in this process: those that `require` or `import` of CommonJS has loaded
 * already, and through the additions returned, those that will be loaded.
 *
 * @param name under which modules tell of themselves; patches that come later under the same name replace these.
 */
export function onLoaded(
  patches: readonly ClientPatch[],
  name = 'waybill.instrument.loaded',
): readonly SourceAddition[] {
  const told = new WeakSet<object>()
  const tell = (module: string, exports: unknown, path?: string): void => {
    if (!isObject(exports) || told.has(exports)) return
    told.add(exports)
    for (const entry of patches)
      if (entry.module === module) guarded(`${module} could not be traced`, () => entry.patch(exports, path))
  }
  Object.assign(globalThis, { [Symbol.for(name)]: tell })
  const { cache } = createRequire(import.meta.url)
  for (const path in cache) {
    const posixPath = path.replaceAll('\\', '/')
    for (const { module } of patches)
      if (posixPath.endsWith(`/${module}`)) tell(module, cache[path]?.exports, path)
  }
  return patches.map(({ module, exports = 'module.exports', path = 'undefined' }) => ({
    suffix: `/${module}`,
    code: `;try{globalThis[Symbol.for('${name}')]('${module}',${exports},${path})}catch{}`,
  }))
}

/** What a module of CommonJS exports may be a class, too. */
function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
