import { apiPaths } from '@waybill/api'
import { get, quantile } from './get.ts'
import { processUsage } from './process-usage.ts'
import type { RunningServer } from './servers/server-under-test.ts'

export interface Range {
  readonly startUnixMs: number
  readonly endUnixMs: number
}

/** URL of a search for the newest twenty traces. */
export function searchUrl(base: string, q: string, { startUnixMs, endUnixMs }: Range): string {
  const parameters = new URLSearchParams({
    q,
    start: String(startUnixMs),
    end: String(endUnixMs),
    limit: '20',
  })
  return `${base}${apiPaths.traces}?${parameters}`
}

const warmUps = 5

/**
 * Times one kind of question over the native API, each time a little different, so that no cache of whole answers
 * or conditions helps. Prints the CPU of an answer too: on busy cores it says more than the time.
 *
 * @param urlOf the question's n-th form.
 * @returns the median and the 99th percentile, in milliseconds, under `<key>P50` and `<key>P99`.
 * @throws Error for an answer that is not 200.
 */
export async function timeKind(
  server: RunningServer,
  key: string,
  urlOf: (n: number) => string,
  times: number,
): Promise<Readonly<Record<string, number>>> {
  const taken: number[] = []
  let [bytes, cpuMs] = [0, 0]
  for (let n = 0; n < times + warmUps; n++) {
    if (n === warmUps) cpuMs = processUsage(server.pid).cpuMs
    const { status, body, wholeMs } = await get(urlOf(n))
    if (status !== 200) throw new Error(`${urlOf(n)}: ${status} ${body.toString().slice(0, 300)}`)
    if (n >= warmUps) taken.push(wholeMs)
    bytes = body.length
  }
  const cpu = ((processUsage(server.pid).cpuMs - cpuMs) / times).toFixed(1)
  taken.sort((a, b) => a - b)
  const [p50, p99] = [quantile(taken, 0.5), quantile(taken, 0.99)]
  console.log(`${key}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, CPU ${cpu} ms, ${bytes} bytes`)
  return { [`${key}P50`]: p50, [`${key}P99`]: p99 }
}
