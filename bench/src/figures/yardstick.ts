import { gzipSync } from 'node:zlib'
import { seededRandom } from '../random.ts'

const inputBytes = 2_000_000
const times = 15

/**
 * How long this machine takes for a fixed piece of work, compressing two megabytes of seeded words on one core:
 * the median of some, in milliseconds. A figure that no peer was measured beside is compared in units of it,
 * so that another machine, or a busy one, is not taken for a slower program.
 */
export function yardstickMs(): number {
  const random = seededRandom(11)
  let text = ''
  while (text.length < inputBytes) text += `${random.below(5_000).toString(36)} `
  const input = Buffer.from(text)
  const taken = Array.from({ length: times }, () => {
    const startMs = performance.now()
    gzipSync(input, { level: 6 })
    return performance.now() - startMs
  })
  const median = taken.sort((a, b) => a - b)[times >> 1] ?? Number.NaN
  return Number(median.toFixed(1))
}
