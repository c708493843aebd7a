import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import fc from 'fast-check'
import { decodeAnyValue, decodeTraces } from './decode.ts'
import { encodeAnyValue, encodeTraces } from './encode.ts'
import { encodeTracesJson, parseTracesJson } from './json.ts'
import { arbitraryTraces, arbitraryValue } from './traces.arbitrary.ts'
import type { TracesData } from './traces.ts'
import { soundPrefix, walkTraces } from './walk.ts'

const runs = { numRuns: 100 }

test('traces come back from their bytes as they were', () => {
  fc.assert(
    fc.property(arbitraryTraces, traces => {
      assert.deepEqual(decodeTraces(encodeTraces(traces)), traces)
    }),
    runs,
  )
})

test('traces come back from their JSON text as they were', () => {
  fc.assert(
    fc.property(arbitraryTraces, traces => {
      const body = Buffer.from(JSON.stringify(traces))
      assert.deepEqual(
        withoutSign(decodeTraces(encodeTracesJson(parseTracesJson(body)))),
        withoutSign(traces),
      )
    }),
    runs,
  )
})

/** JSON has no negative zero. */
function withoutSign(traces: TracesData): unknown {
  return JSON.parse(JSON.stringify(traces))
}

test('every value of an attribute comes back as it was', () => {
  fc.assert(
    fc.property(arbitraryValue, value => {
      assert.deepEqual(decodeAnyValue(encodeAnyValue(value)), value)
    }),
  )
})

test('the walk takes every encoded request and counts its spans', () => {
  fc.assert(
    fc.property(arbitraryTraces, traces => {
      const bytes = encodeTraces(traces)
      assert.equal(walkTraces(bytes).spans, spanCount(traces))
      assert.deepEqual(soundPrefix(bytes), { bytes: bytes.length, spans: spanCount(traces) })
    }),
    runs,
  )
})

function spanCount(traces: TracesData): number {
  return traces.resourceSpans
    .flatMap(resource => resource.scopeSpans)
    .reduce((sum, scope) => sum + scope.spans.length, 0)
}

test('a request that is cut short is refused, or ends between two resources', () => {
  fc.assert(
    fc.property(arbitraryTraces, traces => {
      const bytes = encodeTraces(traces)
      const ends = new Set([0])
      for (let i = 1; i <= traces.resourceSpans.length; i++)
        ends.add(encodeTraces({ resourceSpans: traces.resourceSpans.slice(0, i) }).length)
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length)
        if (ends.has(length)) walkTraces(cut)
        else assert.throws(() => walkTraces(cut), { code: 'BAD_PROTOBUF' })
        const last = Math.max(...[...ends].filter(end => end <= length))
        assert.equal(soundPrefix(cut).bytes, last)
      }
    }),
    { numRuns: 5 },
  )
})

test('damaged bytes are refused with a place, or decode', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(arbitraryTraces, damage, (traces, changes) => {
      const bytes = encodeTraces(traces).slice()
      for (const [place, byte] of changes) if (bytes.length > 0) bytes[place % bytes.length] = byte
      if (refusal(bytes) === undefined) decodeTraces(bytes)
    }),
    { numRuns: 500 },
  )
})

// Names of fields at random places, with values that may or may not be theirs.
const names = fc.constantFrom(
  ...['resourceSpans', 'scopeSpans', 'spans', 'traceId', 'span_id', 'kind', 'flags', 'events', 'attributes'],
  ...[
    'value',
    'intValue',
    'bytesValue',
    'doubleValue',
    'boolValue',
    'arrayValue',
    'kvlistValue',
    'values',
    'key',
  ],
)
const { json: arbitraryJson } = fc.letrec(tie => ({
  json: fc.oneof(
    { maxDepth: 8, depthSize: 'max' },
    fc.constantFrom<unknown>(
      null,
      true,
      -1,
      1.5,
      2 ** 31,
      2 ** 64,
      '',
      'AAAA',
      '1e3',
      'a'.repeat(32),
      'b'.repeat(16),
    ),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(names, tie('json'), { maxKeys: 4 }),
    fc.dictionary(names, fc.array(tie('json'), { maxLength: 3 }), { maxKeys: 4 }),
  ),
}))

test('whatever stands in JSON is refused with its path, or gives bytes that the walk takes', () => {
  const inSpan = fc.tuple(
    arbitraryJson,
    fc.constantFrom('attributes', 'events', 'links', 'status', 'kind', 'flags'),
  )
  fc.assert(
    fc.property(arbitraryJson, inSpan, (json, [value, name]) => {
      const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), [name]: value }
      for (const one of [
        json,
        { resourceSpans: json },
        { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] },
      ]) {
        try {
          walkTraces(encodeTracesJson(one))
        } catch (error) {
          assert.ok(error instanceof WaybillError && error.code === 'BAD_JSON', String(error))
        }
      }
    }),
    { numRuns: 1000 },
  )
})

test('random bytes are refused with a place, or decode', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      if (refusal(bytes) === undefined) decodeTraces(bytes)
    }),
    { numRuns: 500 },
  )
})

test('decoding bytes that no walk has seen fails only as it says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
      try {
        decodeTraces(bytes)
        decodeAnyValue(bytes)
      } catch (error) {
        assert.ok(error instanceof WaybillError && error.code === 'BAD_PROTOBUF', String(error))
      }
    }),
    { numRuns: 500 },
  )
})

/** The place that the walk names, or undefined where it takes the bytes. Any other failure is passed on. */
function refusal(bytes: Uint8Array): number | undefined {
  try {
    walkTraces(bytes)
    return undefined
  } catch (error) {
    assert.ok(error instanceof WaybillError && error.code === 'BAD_PROTOBUF', String(error))
    assert.ok(error.position !== undefined && error.position >= 0 && error.position <= bytes.length)
    return error.position
  }
}
