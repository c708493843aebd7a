import { Agent, request } from 'node:http'
import type { Request } from './requests.ts'

export interface SendResult {
  readonly spans: number
  readonly requests: number
  /** Answers that asked to come back later; the request was sent again. */
  readonly retries: number
}

/**
 * Posts requests as OTLP protobuf over a fixed number of connections, each with one request under way.
 *
 * @throws Error at the first answer that is neither 2xx nor a wish to try again (429, 503).
 */
export async function sendAll(
  url: string,
  requests: Iterable<Request>,
  connections: number,
): Promise<SendResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const source = requests[Symbol.iterator]()
  let [spans, sent, retries] = [0, 0, 0]
  const worker = async (): Promise<void> => {
    for (let next = source.next(); !next.done; next = source.next()) {
      for (;;) {
        const answer = await post(agent, url, next.value.body)
        if (answer.status >= 200 && answer.status < 300) break
        if (answer.status !== 429 && answer.status !== 503)
          throw new Error(`${url}: ${answer.status} ${answer.text}`)
        retries++
        await new Promise(resolve => setTimeout(resolve, answer.retryAfterMs))
      }
      spans += next.value.spans
      sent++
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, worker))
  } finally {
    agent.destroy()
  }
  return { spans, requests: sent, retries }
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly retryAfterMs: number
}

function post(agent: Agent, url: string, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Length': body.length }
    const outgoing = request(url, { method: 'POST', agent, headers }, incoming => {
      const chunks: Buffer[] = []
      incoming.on('data', chunk => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          text: Buffer.concat(chunks).toString().slice(0, 300),
          retryAfterMs: Number(incoming.headers['retry-after'] ?? 0.1) * 1000,
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
