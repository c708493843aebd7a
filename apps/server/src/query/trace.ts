import type { LinkedSpan, TraceResponse } from '@waybill/api'
import type { LightSpan, TraceId } from '@waybill/model'
import { lightSpan, tieMessages } from '@waybill/model'
import type { Reader } from '../store/engine.ts'
import type { SpanAddress } from './span-reads.ts'
import { addressKey, getSpans, linkedSpanOf, readSpansAt } from './span-reads.ts'
import { findLinkers, findSharers, isZero, readPlaced } from './trace-ends.ts'

/**
 * All of a trace: its spans, its messages with the time they waited, and the other ends of its links in both
 * directions.
 *
 * @returns undefined where nothing of the trace is stored.
 */
export async function getTrace(reader: Reader, traceId: TraceId): Promise<TraceResponse | undefined> {
  const linked = findLinkers(reader, traceId).then(async linkers => ({
    linkers,
    spans: await readPlaced(reader, linkers),
  }))
  const [trace, { linkers, spans: linking }] = await Promise.all([getSpans(reader, traceId), linked])
  if (trace === undefined) return undefined
  const spans = trace.spans.map(lightSpan)
  const links = trace.spans.flatMap(span => span.links)
  const found = new Set(linkers.map(addressKey))
  const [targets, sharing] = await Promise.all([
    readSpansAt(
      reader,
      links.filter(link => link.traceId !== traceId && !isZero(link.traceId)),
    ),
    findSharers(reader, traceId, spans).then(sharers =>
      readPlaced(
        reader,
        sharers.filter(sharer => !found.has(addressKey(sharer))),
      ),
    ),
  ])
  const foreign = [...linking, ...targets, ...sharing]
  const beside = new Map(foreign.map(span => [addressKey(span), span]))
  const known = new Map([...beside, ...spans.map(span => [addressKey(span), span] as const)])
  return {
    trace,
    messages: tieMessages(spans, [...beside.values()]),
    linksTo: linkedSpans(links, known),
    linksFrom: linkers.flatMap(linker => {
      const span = known.get(addressKey(linker))
      return span === undefined ? [] : [{ ...linkedSpanOf(span), to: linker.to }]
    }),
  }
}

function linkedSpans(
  addresses: readonly SpanAddress[],
  known: ReadonlyMap<string, LightSpan>,
): readonly LinkedSpan[] {
  const found = new Map<string, LinkedSpan>()
  for (const address of addresses) {
    const span = known.get(addressKey(address))
    if (span !== undefined) found.set(addressKey(address), linkedSpanOf(span))
  }
  return [...found.values()]
}
