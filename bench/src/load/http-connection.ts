import { Agent, request } from 'node:http'
import type { Connection } from './send.ts'

/** A connection that posts protobuf over HTTP/1.1; 429 and 503 ask to come back. */
export function httpConnection(url: string): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    post: body =>
      new Promise((resolve, reject) => {
        const headers = { 'Content-Type': 'application/x-protobuf', 'Content-Length': body.length }
        const outgoing = request(url, { method: 'POST', agent, headers }, incoming => {
          const chunks: Buffer[] = []
          incoming.on('data', chunk => chunks.push(chunk))
          incoming.on('error', reject)
          incoming.on('end', () => {
            const status = incoming.statusCode ?? 0
            if (status >= 200 && status < 300) resolve(undefined)
            else if (status === 429 || status === 503)
              resolve(Number(incoming.headers['retry-after'] ?? 0.1) * 1000)
            else reject(new Error(`${url}: ${status} ${Buffer.concat(chunks).toString().slice(0, 300)}`))
          })
        })
        outgoing.on('error', reject)
        outgoing.end(body)
      }),
    close: () => agent.destroy(),
  }
}
