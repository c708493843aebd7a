import { context, ROOT_CONTEXT } from '@opentelemetry/api'
import type { ExportResult } from '@opentelemetry/core'
import { ExportResultCode, suppressTracing } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { warnOnce } from '../warn.ts'

export interface QueueLimits {
  readonly exportDelayMs: number
  readonly maxQueuedSpans: number
  readonly maxBatchSpans: number
}

/** Ended spans on their way out: sent in batches, one at a time. */
export interface SpanQueue extends SpanProcessor {
  /** Spans that no answer has come for, those under way included. They are no longer the queue's. */
  takeUnsent(): ReadableSpan[]
}

const sampledFlag = 1

/**
 * A queue in front of an exporter. It is bounded: what does not fit is dropped, with a warning. Unlike the SDK's
 * batch processor it gives out what it holds, which is what a process that is about to end needs.
 */
export function spanQueue(exporter: SpanExporter, limits: QueueLimits): SpanQueue {
  let queued: ReadableSpan[] = []
  let underWay: ReadableSpan[] = []
  let sending: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const exportBatch = (batch: ReadableSpan[]): Promise<void> =>
    new Promise(resolve => {
      const done = (result: ExportResult): void => {
        if (result.code !== ExportResultCode.SUCCESS) warnOnce('Spans could not be exported', result.error)
        resolve()
      }
      context.with(suppressTracing(ROOT_CONTEXT), () => exporter.export(batch, done))
    })
  /** What ends meanwhile waits for its own time: an export that is itself traced must not keep itself going. */
  const sendAll = async (): Promise<void> => {
    for (let left = queued.length; left > 0 && queued.length > 0; ) {
      underWay = queued.splice(0, Math.min(left, limits.maxBatchSpans))
      left -= underWay.length
      await exportBatch(underWay)
      underWay = []
    }
  }
  const sendLater = (): void => {
    timer ??= setTimeout(() => void send(), limits.exportDelayMs).unref()
  }
  const send = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    sending ??= sendAll().finally(() => {
      sending = undefined
      if (queued.length > 0) sendLater()
    })
    return sending
  }
  return {
    onStart() {},
    onEnd(span) {
      if ((span.spanContext().traceFlags & sampledFlag) === 0) return
      if (queued.length >= limits.maxQueuedSpans) {
        warnOnce('Spans are dropped: they end faster than they can be exported')
        return
      }
      queued.push(span)
      if (queued.length >= limits.maxBatchSpans) void send()
      else sendLater()
    },
    takeUnsent() {
      const unsent = [...underWay, ...queued]
      underWay = []
      queued = []
      return unsent
    },
    async forceFlush() {
      await sending
      await send()
    },
    async shutdown() {
      await this.forceFlush()
      await exporter.shutdown()
    },
  }
}
