import fc from 'fast-check'
import type { JaegerBatch, JaegerReference, JaegerSpan, JaegerTag } from './encode.ts'

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const id = int64.filter(value => value !== 0n)
const micros = fc.bigInt({ min: 0n, max: 9_000_000_000_000_000n })
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const key = fc.oneof(text, fc.constantFrom('span.kind', 'error', 'otel.status_code', 'event', 'hostname'))

const tag: fc.Arbitrary<JaegerTag> = fc.oneof(
  fc.record({ key, vStr: text }),
  fc.record({ key, vDouble: fc.double() }),
  fc.record({ key, vBool: fc.boolean() }),
  fc.record({ key, vLong: int64 }),
  fc.record({ key, vBinary: fc.uint8Array({ maxLength: 50 }) }),
)
const tags = fc.array(tag, { maxLength: 6 })
const reference: fc.Arbitrary<JaegerReference> = fc.record({
  refType: fc.constantFrom('CHILD_OF', 'FOLLOWS_FROM'),
  traceIdLow: int64,
  traceIdHigh: int64,
  spanId: int64,
})
const span: fc.Arbitrary<JaegerSpan> = fc.record({
  traceIdLow: id,
  traceIdHigh: int64,
  spanId: id,
  parentSpanId: int64,
  operationName: text,
  references: fc.array(reference, { maxLength: 3 }),
  flags: fc.integer(),
  startTime: micros,
  duration: micros,
  tags,
  logs: fc.array(fc.record({ timestamp: micros, fields: tags }), { maxLength: 3 }),
  incomplete: fc.boolean(),
})
/** Any jaeger.Batch whose ids and times OTLP has room for. */
export const batch: fc.Arbitrary<JaegerBatch> = fc.record({
  process: fc.record({ serviceName: text, tags }),
  spans: fc.array(span, { maxLength: 5 }),
})
