import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

/** The part of a bundler's chunk that the budget looks at. */
export interface Chunk {
  readonly fileName: string
  readonly code: string
  readonly isEntry: boolean
  /** Chunks this one needs before it can run. */
  readonly imports: readonly string[]
  /** Chunks this one may ask for later. */
  readonly dynamicImports: readonly string[]
  /** Source files inside the chunk. */
  readonly moduleIds: readonly string[]
}

/**
 * The chunks a browser fetches before a page is usable: the entry, the page's own chunk, and all that these
 * import. What a page asks for later, when something is pressed, does not count.
 *
 * @param pages the modules (parts of their paths) that the router asks for to show the page.
 */
export function firstLoadChunks(chunks: readonly Chunk[], pages: readonly string[]): readonly Chunk[] {
  const byName = new Map(chunks.map(chunk => [chunk.fileName, chunk]))
  const belongs = (chunk: Chunk) => chunk.moduleIds.some(id => pages.some(page => id.includes(page)))
  const found = new Set<Chunk>()
  const waiting = chunks.filter(chunk => chunk.isEntry)
  for (let chunk = waiting.pop(); chunk !== undefined; chunk = waiting.pop()) {
    if (found.has(chunk)) continue
    found.add(chunk)
    const lazy = chunk.dynamicImports.map(name => byName.get(name)).filter(next => next && belongs(next))
    const eager = chunk.imports.map(name => byName.get(name))
    waiting.push(...[...eager, ...lazy].filter(next => next !== undefined))
  }
  return [...found]
}

/** Those of some modules (parts of their paths) that a first load brings although nothing in it needs them. */
export function tooEarly(first: readonly Chunk[], later: readonly string[]): readonly string[] {
  return later.filter(module => first.some(chunk => chunk.moduleIds.some(id => id.includes(module))))
}

/**
 * Fails the build where the script of a first load, gzipped, is over `maxGzipBytes`, or has a module that is for
 * later; prints its size otherwise.
 */
export function firstLoadBudget(options: {
  readonly pages: readonly string[]
  readonly maxGzipBytes: number
  /** Modules that other pages load, by parts of their paths. */
  readonly later: readonly string[]
}): Plugin {
  return {
    name: 'waybill:first-load-budget',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter(output => output.type === 'chunk')
      const first = firstLoadChunks(chunks, options.pages)
      const bytes = first.reduce((sum, chunk) => sum + gzipSync(chunk.code).byteLength, 0)
      const line = `first load of ${options.pages.join(', ')}: ${bytes} bytes gzip of ${options.maxGzipBytes}`
      const early = tooEarly(first, options.later)
      if (early.length > 0) this.error(`too early, in the ${line}: ${early.join(', ')}`)
      if (bytes > options.maxGzipBytes) this.error(`over budget: ${line}`)
      this.info(line)
    },
  }
}
