import type { Span, TraceRow } from '@waybill/model'
import { messageSegments, traceTree } from '@waybill/model'
import fc from 'fast-check'
import { span, spanId } from '../test-spans.ts'
import { whole } from './pieces.ts'
import type { Step } from './steps.ts'
import { matchSteps } from './steps.ts'

/** A span of a test: its name, its service, when it ran in milliseconds, what ran below it. */
export interface Sketch {
  readonly name: string
  readonly service?: string
  readonly at: readonly [startMs: number, endMs: number]
  readonly topic?: string
  readonly failed?: boolean
  readonly below?: readonly Sketch[]
}

/** The spans of sketches; what has a `topic` sends to it where something of another service is below, else receives. */
export function spansOf(sketches: readonly Sketch[]): readonly Span[] {
  const spans: Span[] = []
  const add = (sketch: Sketch, parent: string | undefined) => {
    const id = (spans.length + 1).toString(16)
    const { name, service = 'shop', at, topic, failed, below = [] } = sketch
    const sends = below.some(child => child.topic === topic)
    spans.push(
      span({
        spanId: id,
        ...(parent !== undefined && { parentSpanId: parent }),
        name,
        service,
        startMs: at[0],
        endMs: at[1],
        status: { code: failed ? 'error' : 'unset', message: '' },
        ...(topic !== undefined && {
          kind: sends ? ('producer' as const) : ('consumer' as const),
          attributes: [
            { key: 'messaging.system', value: { stringValue: 'kafka' } },
            { key: 'messaging.destination.name', value: { stringValue: topic } },
            { key: 'messaging.operation.type', value: { stringValue: sends ? 'send' : 'process' } },
          ],
        }),
      }),
    )
    for (const child of below) add(child, id)
  }
  for (const sketch of sketches) add(sketch, undefined)
  return spans
}

/** The rows of a trace of such spans. */
export function rowsOf(spans: readonly Span[]): readonly TraceRow<Span>[] {
  return traceTree({ spans }, messageSegments({ spans })).rows
}

/** The steps of two traces, by their rows. */
export function stepsOf(a: readonly TraceRow<Span>[], b: readonly TraceRow<Span>[]): readonly Step[] {
  return whole(matchSteps(a, b))
}

/** An order that waits in a topic, and is charged as often as it takes. */
export const order = (waitedMs: number, charges = 1, failed = false): Sketch => {
  const from = 70 + waitedMs
  const below: readonly Sketch[] = Array.from({ length: charges }, (_, attempt) => ({
    name: 'charge card',
    service: 'billing',
    at: [from + 10 + attempt * 100, from + 90 + attempt * 100] as const,
    failed,
  }))
  const process: Sketch = {
    name: 'process orders',
    service: 'billing',
    topic: 'orders',
    at: [from, from + 100 * charges],
    failed,
    below,
  }
  const send: Sketch = { name: 'send orders', topic: 'orders', at: [30, 70], below: [process] }
  return { name: 'POST /orders', at: [0, 96], below: [send] }
}

/** Spans of any trace: few names and services, any parents, missing ones and cycles included. */
export const anySpans: fc.Arbitrary<readonly Span[]> = fc
  .array(
    fc.record({
      parent: fc.option(fc.integer({ min: 1, max: 32 }), { nil: undefined }),
      name: fc.constantFrom('a', 'b', 'c'),
      service: fc.constantFrom('shop', 'billing'),
      kind: fc.constantFrom('internal' as const, 'producer' as const, 'consumer' as const),
      startMs: fc.integer({ min: 0, max: 50 }),
      lastsMs: fc.integer({ min: 0, max: 30 }),
      failed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map(drafts =>
    drafts.map(({ parent, lastsMs, failed, ...rest }, index) =>
      span({
        ...rest,
        spanId: (index + 1).toString(16),
        ...(parent !== undefined && { parentSpanId: spanId(parent.toString(16)) }),
        endMs: rest.startMs + lastsMs,
        status: { code: failed ? ('error' as const) : ('unset' as const), message: '' },
      }),
    ),
  )
