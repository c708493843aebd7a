/** What of `store.memory` each load at once must have: with less, segments would become too small. */
const memoryBytesPerLoad = 670e6
/** More have to be asked for: merges take two cores at most, and must keep up. */
const mostUnasked = 4

/** Loads at once that so much of `store.memory` is enough for. */
export function mostLoads(memoryBytes: number): number {
  return Math.max(1, Math.floor(memoryBytes / memoryBytesPerLoad))
}

/**
 * How many segments are loaded at once. Unless the settings say, half of the cores is left to what comes in, what is
 * asked, and merges.
 *
 * @param cores that this process may use.
 */
export function loadsAtOnce(
  { loads, memory }: { readonly loads: number; readonly memory: number },
  cores: number,
): number {
  if (loads > 0) return loads
  return Math.max(1, Math.min(mostUnasked, Math.floor(cores / 2), mostLoads(memory)))
}
