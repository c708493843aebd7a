import { context } from '@opentelemetry/api'
import { suppressed } from '../suppression.ts'
import { traceIdRatio } from './ratio.ts'
import type { Sampler } from './sampler.ts'
import { samplerOf } from './strategy.ts'

export interface RemoteOptions {
  /** Where strategies are asked for: `http://localhost:5778/sampling`, Waybill's, a Jaeger agent's or collector's. */
  readonly url: string
  /** Whose strategy. */
  readonly service: string
  /** Until the first answer; a thousandth of the traces where absent, as Jaeger's clients do. */
  readonly initial?: Sampler
  /** Time between two questions; a minute where absent. */
  readonly pollMs?: number
  /** Told why a strategy could not be had; the last one stays. */
  readonly onError?: (error: unknown) => void
}

export interface RemoteSampler extends Sampler {
  /** Asks now. Does not reject. */
  refresh(): Promise<void>
  /** Asks no more. */
  close(): void
}

const answerBoundMs = 5_000

/** A sampler whose strategy is kept by a server: asked for at once, and again and again. */
export function remoteSampler(options: RemoteOptions): RemoteSampler {
  const { url, service, pollMs = 60_000, onError = () => {} } = options
  let current = options.initial ?? traceIdRatio(0.001)
  let last = ''
  const ask = async (): Promise<void> => {
    const address = new URL(url)
    address.searchParams.set('service', service)
    const answer = await fetch(address, { signal: AbortSignal.timeout(answerBoundMs) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${address.origin} answers ${answer.status}: ${text.slice(0, 200)}`)
    // A rate's sampler remembers what it let through: only another strategy makes another one.
    if (text === last) return
    current = samplerOf(JSON.parse(text))
    last = text
  }
  const refresh = (): Promise<void> => context.with(suppressed, () => ask().catch(onError))
  void refresh()
  const timer = setInterval(() => void refresh(), pollMs).unref()
  return {
    shouldSample: (...question) => current.shouldSample(...question),
    toString: () => `Remote{${url},${current}}`,
    refresh,
    close: () => clearInterval(timer),
  }
}
