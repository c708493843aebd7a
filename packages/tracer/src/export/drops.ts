import type { SpanContext } from '@opentelemetry/api'
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { AttributeList } from '../attribute-list.ts'
import { monotonicMs, wallMs } from '../clock.ts'
import { newSpanId, newTraceId } from '../ids.ts'
import type { Scope, SpanData } from '../span-data.ts'

const scope: Scope = { name: '@waybill/tracer', version: '0.1.0', schemaUrl: '' }
const mostReasons = 8

/** Counts spans that are lost, and makes that known where the others are. */
export interface DropReport {
  count(spans: number, reason: string): void
  /** A span `spans dropped` that says how many were lost since the last one, or undefined where none were. */
  take(): { readonly scope: Scope; readonly span: SpanData } | undefined
}

/**
 * Who misses a span looks at the traces, not at the log of a process: what was lost is a span of its own, from the
 * first loss to the last, with the number of spans and the reasons.
 */
export function dropReport(): DropReport {
  let lost = 0
  let firstMs = 0
  let lastMs = 0
  let reasons = new Set<string>()
  return {
    count(spans, reason) {
      lastMs = wallMs(monotonicMs())
      if (lost === 0) firstMs = lastMs
      lost += spans
      if (reasons.size < mostReasons) reasons.add(reason)
    },
    take() {
      if (lost === 0) return undefined
      const span = droppedSpan(lost, [...reasons], firstMs, lastMs)
      lost = 0
      reasons = new Set()
      return { scope, span }
    },
  }
}

function droppedSpan(lost: number, reasons: readonly string[], startMs: number, endMs: number): SpanData {
  const context: SpanContext = {
    traceId: newTraceId(),
    spanId: newSpanId(),
    traceFlags: TraceFlags.SAMPLED,
  }
  const attributeList = new AttributeList(2, Number.POSITIVE_INFINITY)
  attributeList.set('waybill.tracer.dropped_spans', lost)
  attributeList.set('waybill.tracer.drop_reasons', [...reasons])
  return {
    name: 'spans dropped',
    kind: SpanKind.INTERNAL,
    parent: undefined,
    attributeList,
    events: [],
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
    status: { code: SpanStatusCode.ERROR, message: `${lost} spans were lost: ${reasons.join('; ')}` },
    startMs,
    endMs,
    spanContext: () => context,
  }
}
