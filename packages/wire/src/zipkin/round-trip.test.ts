import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodedTrace } from './decoded-trace.ts'
import { encodeZipkinProtobuf, encodeZipkinThrift, encodeZipkinV1Json } from './encode.ts'
import { zipkinSpans } from './from-trace.ts'
import { zipkinJsonToOtlp } from './json.ts'
import { zipkinProtobufToOtlp } from './protobuf.ts'
import { arbitrarySpan, arbitraryV1Span } from './span.arbitrary.ts'
import type { ZipkinSpan } from './span.ts'
import { zipkinV1JsonToOtlp } from './v1-json.ts'
import { zipkinThriftToOtlp } from './v1-thrift.ts'

const arrivedMicros = 1_763_640_000_123_456
/** Spans of one service stand together, so that their order is another one. */
const sorted = (spans: readonly ZipkinSpan[]): readonly ZipkinSpan[] =>
  spans.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
const comesBack = (bytes: Uint8Array): readonly ZipkinSpan[] => zipkinSpans(decodedTrace(bytes))

const distinctSpans = fc.uniqueArray(arbitrarySpan, { maxLength: 5, selector: span => span.id })

test('any list of v2 spans comes back from JSON as it was', () => {
  fc.assert(
    fc.property(distinctSpans, fc.constantFrom(undefined, 1, '\t'), (spans, indent) => {
      const back = comesBack(
        zipkinJsonToOtlp(Buffer.from(JSON.stringify(spans, null, indent)), arrivedMicros),
      )
      assert.deepEqual(sorted(back), sorted(spans.map(withSortedTags)))
    }),
  )
})

test('escaped text is the text that it stands for', () => {
  fc.assert(
    fc.property(arbitrarySpan, span => {
      const escaped = JSON.stringify([span]).replaceAll(
        /[^\u0020-\u007e]|(?<!\\)\//g,
        unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      assert.deepEqual(
        zipkinJsonToOtlp(Buffer.from(escaped), arrivedMicros),
        zipkinJsonToOtlp(Buffer.from(JSON.stringify([span])), arrivedMicros),
      )
    }),
  )
})

test('protobuf gives what JSON gives', () => {
  fc.assert(
    fc.property(distinctSpans, spans => {
      assert.deepEqual(
        zipkinProtobufToOtlp(encodeZipkinProtobuf(spans), arrivedMicros),
        zipkinJsonToOtlp(Buffer.from(JSON.stringify(spans)), arrivedMicros),
      )
    }),
  )
})

test('v1 thrift gives what v1 JSON gives', () => {
  fc.assert(
    fc.property(fc.array(arbitraryV1Span, { maxLength: 4 }), spans => {
      assert.deepEqual(
        zipkinThriftToOtlp(encodeZipkinThrift(spans), arrivedMicros),
        zipkinV1JsonToOtlp(encodeZipkinV1Json(spans), arrivedMicros),
      )
    }),
  )
})

function withSortedTags(span: ZipkinSpan): ZipkinSpan {
  if (span.tags === undefined) return span
  const tags = Object.entries(span.tags).sort(([left], [right]) => (left < right ? -1 : 1))
  return { ...span, tags: Object.fromEntries(tags) }
}
