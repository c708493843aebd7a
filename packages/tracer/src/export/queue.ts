import type { Attributes } from '@opentelemetry/api'
import { followWallClock, longestTimerMs } from '../clock.ts'
import type { OpenRequest } from '../encode/request.ts'
import { encodeResource, openRequest } from '../encode/request.ts'
import type { SpanSink } from '../span-data.ts'
import { dropReport } from './drops.ts'
import type { PostOptions } from './post.ts'
import { createPoster } from './post.ts'
import { deliver } from './retry.ts'

export interface ExportOptions extends PostOptions {
  /** Who sends: `service.name` and the like. */
  readonly resource: Attributes
  /** How long a span waits for others; a second where absent. */
  readonly delayMs?: number
  /** Spans held at most, those under way included; 2048 where absent. What ends beyond is dropped. */
  readonly maxQueuedSpans?: number
  /** Spans a request; 512 where absent. */
  readonly maxBatchSpans?: number
  /** How long a request is tried again while the server asks for it or cannot be reached; a minute where absent. */
  readonly retryMs?: number
  /** Told of every request that was given up, and of the first span that had no room. */
  readonly onLoss?: (reason: string, spans: number) => void
}

export interface ExportStatistics {
  readonly exported: number
  /** Ended while the queue was full. */
  readonly droppedFull: number
  /** Refused by the server, or not delivered in time. */
  readonly droppedUndelivered: number
  readonly queued: number
}

/** Spans on their way out. */
export interface ExportQueue extends SpanSink {
  statistics(): ExportStatistics
  /**
   * Requests that no answer has come for, those under way included, which are no longer the queue's: for a
   * process that ends and can wait for nothing.
   */
  takeUnsent(): readonly Uint8Array[]
}

interface SealedRequest {
  readonly body: Uint8Array
  readonly spans: number
}

/**
 * A bounded queue in front of an OTLP endpoint. Spans become bytes as they end; a request is sent when it is full
 * or old enough, one at a time, and tried again with growing delays where that may help.
 */
export function exportQueue(options: ExportOptions): ExportQueue {
  const { delayMs = 1_000, maxQueuedSpans = 2_048, maxBatchSpans = 512, retryMs = 60_000 } = options
  const onLoss = (reason: string, spans: number): void => {
    try {
      options.onLoss?.(reason, spans)
    } catch {
      // Spans go on, whatever becomes of the news.
    }
  }
  const resource = encodeResource(options.resource)
  const poster = createPoster(options)
  const ending = new AbortController()
  const drops = dropReport()
  let open: OpenRequest | undefined
  let sealed: SealedRequest[] = []
  let waiting = 0
  let exported = 0
  let droppedFull = 0
  let droppedUndelivered = 0
  let isFull = false
  let isShutDown = false
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const lose = (spans: number, reason: string): void => {
    droppedUndelivered += spans
    drops.count(spans, reason)
    onLoss(reason, spans)
  }
  const seal = (): void => {
    followWallClock()
    const lost = drops.take()
    if (lost !== undefined) {
      open ??= openRequest(resource)
      open.add(lost.scope, lost.span)
    }
    if (open === undefined) return
    sealed.push({ body: open.finish(), spans: open.spans - (lost === undefined ? 0 : 1) })
    open = undefined
  }
  /** Has something to send when it is called. */
  const sendAll = async (): Promise<void> => {
    for (let request = sealed[0]; request !== undefined; request = sealed[0]) {
      const delivered = await deliver(poster, request.body, retryMs, ending.signal)
      // Taken away meanwhile, by a process that ends.
      if (sealed[0] !== request) break
      sealed.shift()
      waiting -= request.spans
      isFull = false
      const { failure } = delivered
      const rejected = failure === undefined ? (delivered.partial?.rejectedSpans ?? 0) : request.spans
      const lost = Math.min(rejected, request.spans)
      exported += request.spans - lost
      if (lost > 0) lose(lost, failure ?? `${options.url} rejects spans: ${delivered.partial?.message}`)
    }
    sending = undefined
  }
  const send = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (sending === undefined && sealed.length > 0) sending = sendAll()
    await sending
  }
  const flush = async (): Promise<void> => {
    seal()
    await send()
  }
  const flushLater = (): void => {
    timer ??= setTimeout(() => void flush(), Math.min(delayMs, longestTimerMs)).unref()
  }
  return {
    add(scope, span) {
      if (isShutDown) return
      if (waiting >= maxQueuedSpans) {
        droppedFull++
        drops.count(1, 'the queue was full')
        if (!isFull) onLoss(`spans end faster than they can be sent to ${options.url}`, 1)
        isFull = true
        return
      }
      open ??= openRequest(resource)
      try {
        open.add(scope, span)
      } catch (error) {
        // An application's span ends here, and must not fail for it.
        return lose(1, `a span could not be encoded: ${String(error)}`)
      }
      waiting++
      if (open.spans < maxBatchSpans) return flushLater()
      seal()
      void send()
    },
    statistics: () => ({ exported, droppedFull, droppedUndelivered, queued: waiting }),
    takeUnsent() {
      clearTimeout(timer)
      seal()
      const bodies = sealed.map(({ body }) => body)
      sealed = []
      waiting = 0
      return bodies
    },
    async forceFlush() {
      await sending
      await flush()
    },
    async shutdown() {
      // What is under way gets no further tries.
      ending.abort()
      await sending
      await flush()
      isShutDown = true
      poster.close()
    },
  }
}
