import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly body: Buffer
  /** From the request until the first byte of the body. */
  readonly firstByteMs: number
  /** From the request until its last. */
  readonly wholeMs: number
}

/** Connections are kept, as a page or a proxy keeps them: what is measured is the answer, not the handshake. */
const agent = new Agent({ keepAlive: true })

/**
 * One GET, timed. Bodies come as they are sent, compressed only where `headers` ask for it.
 *
 * @throws Error where the connection cannot be had or breaks.
 */
export function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now()
    const outgoing = request(url, { agent, headers }, incoming => {
      const chunks: Buffer[] = []
      let firstByteMs: number | undefined
      incoming.on('data', (chunk: Buffer) => {
        firstByteMs ??= performance.now() - startMs
        chunks.push(chunk)
      })
      incoming.on('error', reject)
      incoming.on('end', () => {
        const wholeMs = performance.now() - startMs
        const status = incoming.statusCode ?? 0
        resolve({ status, body: Buffer.concat(chunks), firstByteMs: firstByteMs ?? wholeMs, wholeMs })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Asks the same question again and again. @returns the times in milliseconds, sorted. */
export async function timeQuestion(url: string, times: number): Promise<readonly number[]> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const { status, body, wholeMs } = await get(url)
    if (status !== 200) throw new Error(`${url}: ${status} ${body.toString().slice(0, 300)}`)
    taken.push(wholeMs)
  }
  return taken.sort((a, b) => a - b)
}

/** The value below which the given share of sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
