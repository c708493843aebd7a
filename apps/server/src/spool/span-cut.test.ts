import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeTraces } from '@waybill/wire/otlp'
import fc from 'fast-check'
import { sampleRequest, spanNames } from './sample-request.ts'
import { countSpans, keepSpans } from './span-cut.ts'

const requests = fc
  .array(fc.array(fc.string({ maxLength: 200 }), { maxLength: 5 }), { maxLength: 5 })
  .map(resources => sampleRequest(...resources))

test('what is kept is what was asked for, in order', () => {
  fc.assert(
    fc.property(requests, fc.infiniteStream(fc.boolean()), (bytes, choices) => {
      const kept: boolean[] = []
      const cut = keepSpans(bytes, index => {
        kept[index] = choices.next().value as boolean
        return kept[index]
      })
      const names = spanNames(bytes).filter((_, index) => kept[index])
      assert.deepEqual(spanNames(cut.bytes), names)
      assert.equal(cut.spans, names.length)
    }),
  )
})

test('keeping every span of resources that have some changes no byte', () => {
  const bytes = sampleRequest(['a', 'b'], ['c'])
  assert.deepEqual(Buffer.from(keepSpans(bytes, () => true).bytes), Buffer.from(bytes))
})

test('a cut tells the size of each span', () => {
  const sizes: number[] = []
  keepSpans(sampleRequest(['a', 'x'.repeat(1000)]), (_, size) => sizes.push(size) > 0)
  // A longer name, and a second byte for its length.
  assert.equal((sizes[1] as number) - (sizes[0] as number), 999 + 1)
})

test('resources and scopes without spans go, the others stay as they were', () => {
  const cut = keepSpans(sampleRequest(['a'], ['b']), index => index === 1)
  const [resource, ...others] = decodeTraces(cut.bytes).resourceSpans
  assert.deepEqual(others, [])
  assert.deepEqual(resource?.resource.attributes, [
    { key: 'service.name', value: { stringValue: 'sample-1' } },
  ])
  assert.equal(resource?.scopeSpans[0]?.scope.name, 'sample')
})

test('spans are counted as far as they can be told apart', () => {
  const bytes = sampleRequest(['a', 'b'], ['c'])
  assert.equal(countSpans(bytes), 3)
  assert.equal(countSpans(bytes.subarray(0, bytes.length - 1)), 2)
  assert.equal(countSpans(new Uint8Array(0)), 0)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), garbage => countSpans(garbage) >= 0))
})
