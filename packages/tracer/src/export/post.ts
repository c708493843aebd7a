import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { context } from '@opentelemetry/api'
import { longestTimerMs } from '../clock.ts'
import { suppressed } from '../suppression.ts'
import type { PartialSuccess } from './partial-success.ts'
import { readPartialSuccess } from './partial-success.ts'

export interface PostOptions {
  /** The whole address, `http://localhost:4318/v1/traces`. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly compression?: 'none' | 'gzip'
  /** Time for one request until it is given up. */
  readonly timeoutMs?: number
}

/** How a request ended. */
export type Posted =
  | { readonly outcome: 'taken'; readonly partial: PartialSuccess | undefined }
  /** Trying again may help, after so long if the server says. */
  | { readonly outcome: 'later'; readonly reason: string; readonly afterMs: number | undefined }
  | { readonly outcome: 'refused'; readonly reason: string }

export interface Poster {
  /** Sends a request. Does not reject. */
  post(body: Uint8Array): Promise<Posted>
  close(): void
}

/** OTLP specification, "Retryable Response Codes". */
const retryable = new Set([429, 502, 503, 504])
const compress = promisify(gzip)
const longestReason = 300
const longestAnswer = 4096

/** Posts OTLP over one connection that is kept. */
export function createPoster(options: PostOptions): Poster {
  const { url, headers = {}, compression = 'none', timeoutMs = 10_000 } = options
  const isTls = new URL(url).protocol === 'https:'
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1 })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 })
  const sent: Record<string, string> = { ...headers, 'content-type': 'application/x-protobuf' }
  if (compression === 'gzip') sent['content-encoding'] = 'gzip'

  const send = (body: Uint8Array): Promise<Posted> =>
    new Promise(resolve => {
      const request = (isTls ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent,
        headers: { ...sent, 'content-length': String(body.length) },
      })
      const end = (posted: Posted): void => {
        clearTimeout(timer)
        resolve(posted)
      }
      const unreachable = (error: Error): void =>
        end({ outcome: 'later', reason: error.message || error.name, afterMs: undefined })
      // The time of a socket is another one: it starts again with every byte that comes.
      const timer = setTimeout(
        () => {
          unreachable(new Error(`no answer from ${url} within ${timeoutMs} ms`))
          request.destroy()
        },
        Math.min(timeoutMs, longestTimerMs),
      ).unref()
      request.on('error', unreachable)
      request.on('response', response => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          if (length < longestAnswer) chunks.push(chunk)
          length += chunk.length
        })
        response.on('error', unreachable)
        response.on('end', () =>
          end(
            readAnswer(url, response.statusCode ?? 0, response.headers['retry-after'], Buffer.concat(chunks)),
          ),
        )
      })
      request.end(body)
    })
  return {
    post: body =>
      context.with(suppressed, async (): Promise<Posted> => {
        try {
          return await send(
            compression === 'gzip' ? await compress(body, { level: constants.Z_BEST_SPEED }) : body,
          )
        } catch (error) {
          // Node makes no request with a header that none may have.
          return { outcome: 'refused', reason: `no request can be made to ${url}: ${String(error)}` }
        }
      }),
    close: () => agent.destroy(),
  }
}

function readAnswer(url: string, status: number, retryAfter: string | undefined, body: Buffer): Posted {
  if (status >= 200 && status < 300) return { outcome: 'taken', partial: readPartialSuccess(body) }
  const printable = body
    .toString('latin1')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, longestReason)
  const reason = `${url} answers ${status}${printable === '' ? '' : `: ${printable}`}`
  if (!retryable.has(status)) return { outcome: 'refused', reason }
  return { outcome: 'later', reason, afterMs: readRetryAfter(retryAfter) }
}

/** Seconds, or a date (RFC 9110, section 10.2.3). */
function readRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const afterMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(afterMs) ? Math.max(0, afterMs) : undefined
}
