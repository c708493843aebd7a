import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import { sampleRequest, spanNames } from '../spool/sample-request.ts'
import { createAccept } from './accept.ts'

/** An accept over a spool that keeps what it gets, or fails with `failure`. */
function door(maxSpanBytes = 1e6, failure?: WaybillError) {
  const kept: { readonly names: readonly string[]; readonly spans: number }[] = []
  const counts: (readonly [string, number])[] = []
  const accept = createAccept({
    spool: {
      append: async (body, spans) => {
        if (failure !== undefined) throw failure
        kept.push({ names: spanNames(body), spans })
      },
    },
    counter: {
      accepted: spans => counts.push(['accepted', spans]),
      rejected: (spans, reason) => counts.push([reason, spans]),
    },
    maxSpanBytes,
  })
  return { accept, kept, counts }
}

test('a sound request is kept and counted', async () => {
  const { accept, kept, counts } = door()
  assert.deepEqual(await accept(sampleRequest(['a', 'b'], ['c'])), {
    acceptedSpans: 3,
    rejectedSpans: 0,
    reason: '',
  })
  assert.deepEqual(kept, [{ names: ['a', 'b', 'c'], spans: 3 }])
  assert.deepEqual(counts, [['accepted', 3]])
})

test('a request without spans is taken, and nothing kept', async () => {
  const { accept, kept, counts } = door()
  assert.equal((await accept(new Uint8Array(0))).acceptedSpans, 0)
  assert.equal((await accept(sampleRequest([]))).acceptedSpans, 0)
  assert.deepEqual([kept, counts], [[], []])
})

test('a request that breaks off is refused with the offset; the spans that can be told apart are counted', async () => {
  const { accept, kept, counts } = door()
  const body = sampleRequest(['a', 'b'], ['c'])
  await assert.rejects(accept(body.subarray(0, body.length - 1)), (error: unknown) => {
    assert.ok(error instanceof WaybillError)
    assert.equal(error.code, 'BAD_PROTOBUF')
    assert.ok(error.position !== undefined && error.position > 0)
    return true
  })
  assert.deepEqual(kept, [])
  assert.deepEqual(counts, [['bad_protobuf', 2]])
})

test('a span of exactly the limit is kept, one byte more is left out and told', async () => {
  const large = 'x'.repeat(10_000)
  // Header of the span: what a span with this name has beside the name.
  const spanBytes = 10_000 + 1 + 2 + 16 + 2 + 8 + 2 + 2 + 2 * 9
  const exact = door(spanBytes)
  assert.equal((await exact.accept(sampleRequest(['a', large]))).rejectedSpans, 0)
  const over = door(spanBytes - 1)
  const answer = await over.accept(sampleRequest(['a', large], [large], ['b']))
  assert.deepEqual(answer, {
    acceptedSpans: 2,
    rejectedSpans: 2,
    reason: `spans larger than ${spanBytes - 1} bytes are refused (receive.maxSpanBytes)`,
  })
  assert.deepEqual(over.kept, [{ names: ['a', 'b'], spans: 2 }])
  assert.deepEqual(over.counts, [
    ['span_too_large', 2],
    ['accepted', 2],
  ])
})

test('spans that the spool does not take are counted by its reason', async () => {
  const { accept, counts } = door(1e6, new WaybillError('SPOOL_FULL', 'full'))
  await assert.rejects(accept(sampleRequest(['a', 'b'])), { code: 'SPOOL_FULL' })
  assert.deepEqual(counts, [['spool_full', 2]])
})
