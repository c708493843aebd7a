import nodeModule, { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { KafkajsModule } from '../clients/kafkajs/partitions.ts'
import { isKafkajs } from '../clients/kafkajs/partitions.ts'
import { warnOnce } from '../warn.ts'

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

const loadedName = 'waybill.instrument.kafkajs'

/**
 * Calls `onKafkajs` with every copy of kafkajs in this process: those that are loaded already, and through the
 * addition returned, those that will be.
 */
export function onKafkajsLoaded(onKafkajs: (kafkajs: KafkajsModule) => void): SourceAddition {
  const told = new WeakSet<object>()
  const tell = (exports: unknown): void => {
    if (!isKafkajs(exports) || told.has(exports)) return
    told.add(exports)
    onKafkajs(exports)
  }
  Object.assign(globalThis, { [Symbol.for(loadedName)]: tell })
  const { cache } = createRequire(import.meta.url)
  for (const path in cache) if (isKafkajsPath(path.replaceAll('\\', '/'))) tell(cache[path]?.exports)
  return {
    matches: isKafkajsPath,
    code: `;try{globalThis[Symbol.for('${loadedName}')](module.exports)}catch{}`,
  }
}

function isKafkajsPath(path: string): boolean {
  return path.endsWith('/kafkajs/index.js')
}
