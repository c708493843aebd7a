import type { Request } from '../requests.ts'

export interface SendResult {
  readonly spans: number
  readonly requests: number
  /** Answers that asked to come back later; the request was sent again. */
  readonly retries: number
}

/** One connection to a server, for one request at a time. */
export interface Connection {
  /** @returns undefined once the server has taken the body, or how long it asks to wait before the next try. */
  post(body: Buffer): Promise<number | undefined>
  close(): void
}

/**
 * Posts requests over some connections, each with one request under way, until all are taken.
 *
 * @throws Error at the first answer that is neither a success nor a wish to try again.
 */
export async function sendAll(
  connections: readonly Connection[],
  requests: Iterable<Request>,
): Promise<SendResult> {
  const source = requests[Symbol.iterator]()
  let [spans, sent, retries] = [0, 0, 0]
  const work = async (connection: Connection): Promise<void> => {
    for (let next = source.next(); !next.done; next = source.next()) {
      for (;;) {
        const waitMs = await connection.post(next.value.body)
        if (waitMs === undefined) break
        retries++
        await new Promise(resolve => setTimeout(resolve, waitMs))
      }
      spans += next.value.spans
      sent++
    }
  }
  try {
    await Promise.all(connections.map(work))
  } finally {
    for (const connection of connections) connection.close()
  }
  return { spans, requests: sent, retries }
}
