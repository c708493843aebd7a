import nodeModule, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { guarded, warnOnce } from '../warn.ts'

/** Code that runs at the end of a module, in its scope. */
export interface SourceAddition {
  readonly matches: (path: string) => boolean
  readonly code: string
}

/**
 * Adds code to modules as they are loaded, by `import` and `require` alike. Needs Node's synchronous module hooks
 * (22.15, 23.5 and later).
 */
export function addToModules(additions: readonly SourceAddition[]): void {
  if (additions.length === 0) return
  if (typeof nodeModule.registerHooks !== 'function') {
    warnOnce('Modules that are loaded from now on cannot be traced: Node 22.15 or later is needed')
    return
  }
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const path = url.startsWith('file:') ? url.slice('file://'.length).split('?', 1)[0] : undefined
      const matching = path === undefined ? [] : additions.filter(addition => addition.matches(path))
      if (matching.length === 0) return loaded
      if (loaded.source === null || loaded.source === undefined) {
        warnOnce(`${fileURLToPath(url)} could not be traced: Node gives no source`)
        return loaded
      }
      const source =
        typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array)
      return { ...loaded, source: [String(source), ...matching.map(({ code }) => code)].join('\n') }
    },
  })
}

/** A module of a client, and what is done with it once it is loaded. */
export interface ClientPatch {
  /** The package and the file within: `kafkajs/index.js`. */
  readonly module: string
  /** What shall be patched, as an expression in the module's own scope; by default what CommonJS exports. */
  readonly exports?: string
  /** Called once for each copy of the package; what it throws is one warning. */
  readonly patch: (exports: object) => void
}

const loadedName = 'waybill.instrument.loaded'

/**
 * Patches every copy of these modules in this process: those that `require` or `import` of CommonJS has loaded
 * already, and through the additions returned, those that will be loaded.
 */
export function onLoaded(patches: readonly ClientPatch[]): readonly SourceAddition[] {
  const told = new WeakSet<object>()
  const tell = (module: string, exports: unknown): void => {
    if (typeof exports !== 'object' || exports === null || told.has(exports)) return
    told.add(exports)
    for (const entry of patches)
      if (entry.module === module) guarded(`${module} could not be traced`, () => entry.patch(exports))
  }
  Object.assign(globalThis, { [Symbol.for(loadedName)]: tell })
  const { cache } = createRequire(import.meta.url)
  for (const path in cache) {
    const posixPath = path.replaceAll('\\', '/')
    for (const { module } of patches) if (isModuleAt(posixPath, module)) tell(module, cache[path]?.exports)
  }
  return patches.map(({ module, exports = 'module.exports' }) => ({
    matches: path => isModuleAt(path, module),
    code: `;try{globalThis[Symbol.for('${loadedName}')]('${module}',${exports})}catch{}`,
  }))
}

function isModuleAt(path: string, module: string): boolean {
  return path.endsWith(module) && path.charAt(path.length - module.length - 1) === '/'
}
