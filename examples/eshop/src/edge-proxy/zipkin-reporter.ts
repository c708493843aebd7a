import type { ZipkinSpan } from './zipkin-span.ts'

export interface ZipkinReporter {
  report(span: ZipkinSpan): void
  /** Resolves when what was reported is delivered, or given up. */
  close(): Promise<void>
}

const delayMs = 200
const boundMs = 5_000

/** Posts spans to Zipkin's API in small batches. A batch that is not taken is lost, and said so once. */
export function zipkinReporter(endpoint: string): ZipkinReporter {
  let waiting: ZipkinSpan[] = []
  let timer: NodeJS.Timeout | undefined
  let sending = Promise.resolve()
  let hasWarned = false

  const send = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const spans = waiting
    waiting = []
    if (spans.length > 0) sending = sending.then(() => post(endpoint, spans).catch(warn))
    return sending
  }
  const warn = (error: Error): void => {
    if (!hasWarned) console.warn(`Spans are lost: ${error.message}`)
    hasWarned = true
  }
  return {
    report(span) {
      waiting.push(span)
      timer ??= setTimeout(() => void send(), delayMs)
    },
    close: send,
  }
}

async function post(endpoint: string, spans: readonly ZipkinSpan[]): Promise<void> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(spans),
    signal: AbortSignal.timeout(boundMs),
  })
  await response.text()
  if (!response.ok) throw new Error(`${endpoint} answers ${response.status}`)
}
