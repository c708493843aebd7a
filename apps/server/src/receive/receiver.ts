import type { Accept } from '../accept/accept.ts'
import { reasonOf } from '../accept/accept.ts'
import type { Listening, ListenOptions } from '../listen.ts'
import type { Logger } from '../log.ts'
import type { ReceiverCounter } from '../metrics.ts'

/** What every receiver is made from. */
export interface ReceiverOptions extends ListenOptions {
  readonly accept: Accept
  readonly counter: ReceiverCounter
  readonly log: Logger
  /** Largest body, before and after decompression. */
  readonly maxBodyBytes: number
}

/** Starts to listen. @throws StartupError where the port cannot be had. */
export type StartReceiver<Options extends ReceiverOptions = ReceiverOptions> = (
  options: Options,
) => Promise<Listening>

/** How long a client is asked to wait when the spool is full, stopping or broken. */
export const retryDelayMs = 1_000

/** At most one log line for each reason in this time; the counters have them all. */
const quietMs = 10_000

/**
 * Makes the function that counts refused requests and logs them, seldom: one client with a wrong setting
 * sends the same mistake every second.
 */
export function refusalReport({
  counter,
  log,
  purpose,
}: Pick<ReceiverOptions, 'counter' | 'log' | 'purpose'>): (error: unknown) => void {
  const loggedMs = new Map<string, number>()
  return error => {
    const reason = reasonOf(error)
    counter.request(reason)
    const nowMs = performance.now()
    if (nowMs - (loggedMs.get(reason) ?? Number.NEGATIVE_INFINITY) < quietMs) return
    loggedMs.set(reason, nowMs)
    if (reason === 'internal') log.error({ err: error }, `${purpose}: a request failed`)
    else log.warn({ reason }, `${purpose}: refused a request: ${(error as Error).message}`)
  }
}
