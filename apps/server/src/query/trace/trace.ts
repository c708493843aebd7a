import type { LinkedSpan, TraceResponse } from '@waybill/api'
import type { LightSpan, SpanLink, TraceId } from '@waybill/model'
import { lightSpan, tieMessages } from '@waybill/model'
import type { Reader } from '../../store/engine.ts'
import { readBounds } from './bounds.ts'
import type { Linker } from './ends.ts'
import { findHandlers, findLinkers, isZero } from './ends.ts'
import { addressKey, collectSpans, linkedSpanOf, readSpansAt } from './span-reads.ts'
import type { SpanPiece, SpanReading } from './span-slices.ts'
import { openSpansWithin } from './span-slices.ts'

/** What is known of a trace once all its spans have been read. */
export type TraceSurroundings = Omit<TraceResponse, 'trace'>

/** A trace whose first spans are read. */
export interface TraceReading extends Pick<SpanReading, 'traceId' | 'isWhole' | 'pieces'> {
  /** Its messages, and the other ends of its links in both directions; to be asked after the last piece. */
  surroundings(): Promise<TraceSurroundings>
}

/**
 * Opens a trace for reading, however large: its spans a piece at a time, then its messages with the time they
 * waited, and the other ends of its links in both directions.
 *
 * @returns undefined where nothing of the trace is stored.
 */
export async function openTrace(reader: Reader, traceId: TraceId): Promise<TraceReading | undefined> {
  const linkers = findLinkers(reader, traceId)
  // Its error is thrown where it is awaited, if it ever is.
  linkers.catch(() => undefined)
  const [bounds] = await readBounds(reader, [traceId])
  if (bounds === undefined) return undefined
  const reading = await openSpansWithin(reader, traceId, bounds)
  if (reading === undefined) return undefined
  const kept: LightSpan[] = []
  const links: SpanLink[] = []
  return {
    traceId,
    isWhole: reading.isWhole,
    pieces: keep(reading, kept, links),
    surroundings: async () => surroundingsOf(reader, reading, { kept, links, linkers: await linkers }),
  }
}

/** All of a trace at once; undefined where nothing of it is stored. */
export async function getTrace(reader: Reader, traceId: TraceId): Promise<TraceResponse | undefined> {
  const reading = await openTrace(reader, traceId)
  return reading && collectTrace(reading)
}

export async function collectTrace(reading: TraceReading): Promise<TraceResponse> {
  const trace = await collectSpans(reading.traceId, reading.pieces)
  return { trace, ...(await reading.surroundings()) }
}

/** Keeps what {@link surroundingsOf} needs: of a large trace, the spans that did something with a message. */
async function* keep(
  { pieces, isWhole }: SpanReading,
  kept: LightSpan[],
  links: SpanLink[],
): AsyncGenerator<SpanPiece> {
  for await (const piece of pieces) {
    for (const span of piece.spans) {
      const light = lightSpan(span)
      if (isWhole || light.message !== undefined) kept.push(light)
      for (const link of span.links) if (!isZero(link.traceId) && !isZero(link.spanId)) links.push(link)
    }
    yield piece
  }
}

interface Kept {
  readonly kept: readonly LightSpan[]
  readonly links: readonly SpanLink[]
  readonly linkers: readonly Linker[]
}

async function surroundingsOf(
  reader: Reader,
  reading: SpanReading,
  { kept, links, linkers }: Kept,
): Promise<TraceSurroundings> {
  const { traceId } = reading
  const handlers = await findHandlers(reader, traceId, kept)
  const found = new Set([...kept, ...handlers].map(addressKey))
  const missing = links.filter(link => !found.has(addressKey(link)))
  const sends = new Set(kept.filter(isSend).map(span => span.spanId))
  const [targets, own, linking] = await Promise.all([
    readSpansAt(
      reader,
      missing.filter(link => link.traceId !== traceId),
    ),
    readOwn(
      reader,
      reading,
      missing.filter(link => link.traceId === traceId),
    ),
    readLinkers(
      reader,
      linkers.filter(
        linker => linker.traceId !== traceId && sends.has(linker.to) && !found.has(addressKey(linker)),
      ),
    ),
  ])
  const foreign = new Map([...handlers, ...targets, ...linking].map(span => [addressKey(span), span]))
  const ends = new Map([...foreign, ...[...own, ...kept].map(span => [addressKey(span), span] as const)])
  const messages = tieMessages(kept, [...foreign.values()])
  const linked = new Set(linkers.map(addressKey))
  const elsewhere = messages
    .flatMap(({ producer, consumer }) => [producer, consumer])
    .filter(end => end.traceId !== traceId && !linked.has(addressKey(end)))
  return {
    messages,
    linksTo: linkedSpans([...links, ...elsewhere], ends),
    linksFrom: linkers.map(({ isDated: _, ...linker }) => linker),
  }
}

function isSend({ message }: LightSpan): boolean {
  return message?.operation === 'send' || message?.operation === 'create'
}

/** Spans of the trace itself that it links to; of a small trace all are kept. */
async function readOwn(
  reader: Reader,
  { isWhole, bounds }: SpanReading,
  links: readonly SpanLink[],
): Promise<readonly LightSpan[]> {
  return isWhole ? [] : readSpansAt(reader, links, bounds)
}

function readLinkers(reader: Reader, linkers: readonly Linker[]): Promise<readonly LightSpan[]> {
  const bounds = linkers.map(({ service, startUnixNano, isDated }) => ({
    services: [service],
    startNano: startUnixNano,
    endNano: startUnixNano,
    isDated,
  }))
  return readSpansAt(reader, linkers, bounds)
}

function linkedSpans(
  links: readonly Pick<SpanLink, 'traceId' | 'spanId'>[],
  known: ReadonlyMap<string, LightSpan>,
): readonly LinkedSpan[] {
  const found = new Map<string, LinkedSpan>()
  for (const link of links) {
    const span = known.get(addressKey(link))
    if (span !== undefined) found.set(addressKey(link), linkedSpanOf(span))
  }
  return [...found.values()]
}
