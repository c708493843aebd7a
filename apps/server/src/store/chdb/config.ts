import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an embedded engine may use. */
export interface ChdbLimits {
  /** Memory that the engine may allocate, in bytes: {@link shares} says who gets how much. */
  readonly memoryBytes: number
  /** Loads under way at once; others wait their turn. */
  readonly concurrentLoads: number
  /** Queries under way at once; others wait their turn. */
  readonly concurrentQueries: number
  /** Longest time one query may take, in seconds. */
  readonly querySeconds: number
}

export const defaultChdbLimits: ChdbLimits = {
  memoryBytes: 1_500_000_000,
  concurrentLoads: 1,
  concurrentQueries: 4,
  querySeconds: 30,
}

/** Parts of the engine's memory. What queries do not need, merges may have, up to the whole. */
const shares = { load: 0.3, queries: 0.5, merges: 0.2, cache: 0.04 } as const

/** What one load may have, so that all that run at once fit into their share. */
export function loadMemoryBytes({
  memoryBytes,
  concurrentLoads,
}: Pick<ChdbLimits, 'memoryBytes' | 'concurrentLoads'>): number {
  return Math.floor((memoryBytes * shares.load) / concurrentLoads)
}

/**
 * What a load may hold for each span and each byte of its segment; measured were 2.8 kB and 9.4 bytes where it may have
 * 225 MB, of which about 70 are held whatever it loads: with much less than 200 MB this does not hold.
 */
const loadBytes = { eachSpan: 4_000, eachByte: 12 } as const

/**
 * The largest segment that a load has the memory for. A larger one is refused and halved, which costs twice the
 * time.
 *
 * @returns its spans and its bytes, at most.
 */
export function largestSegment(limits: Pick<ChdbLimits, 'memoryBytes' | 'concurrentLoads'>): {
  readonly spans: number
  readonly bytes: number
} {
  const memory = loadMemoryBytes(limits)
  return {
    spans: Math.floor(memory / loadBytes.eachSpan),
    bytes: Math.floor(memory / loadBytes.eachByte),
  }
}

/** What one query may have, so that all that run at once fit into their share. */
export function queryMemoryBytes({ memoryBytes, concurrentQueries }: ChdbLimits): number {
  return Math.floor((memoryBytes * shares.queries) / concurrentQueries)
}

/**
 * Writes the engine's server settings, which it reads from a file when the first session opens: they cannot
 * be set by a statement. Its own defaults are for a machine of its own.
 *
 * @returns the arguments that name the file.
 */
export function writeChdbConfig(folder: string, limits: ChdbLimits): readonly string[] {
  const cacheBytes = Math.floor(limits.memoryBytes * shares.cache)
  const settings = {
    max_server_memory_usage: limits.memoryBytes,
    // The limit is on what the engine allocates: Node's memory and the mapped library are not its own.
    memory_worker_correct_memory_tracker: 0,
    memory_worker_dynamic_hard_limit: 0,
    merges_mutations_memory_usage_soft_limit: Math.floor(limits.memoryBytes * shares.merges),
    mark_cache_size: cacheBytes,
    index_mark_cache_size: cacheBytes,
    text_index_tokens_cache_size: cacheBytes,
    text_index_header_cache_size: cacheBytes,
    text_index_postings_cache_size: cacheBytes,
    query_condition_cache_size: cacheBytes,
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 1,
    os_threads_nice_value_merge_mutate: 5,
    max_active_parts_loading_thread_pool_size: 4,
    // Parts that a merge has replaced go at once, so the disk must have what took their place, however old.
    merge_tree: '<min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>',
  }
  const path = join(folder, 'engine.xml')
  const lines = Object.entries(settings).map(([name, value]) => `  <${name}>${value}</${name}>`)
  writeFileSync(path, `<clickhouse>\n${lines.join('\n')}\n</clickhouse>\n`)
  return [`--config-file=${path}`]
}
