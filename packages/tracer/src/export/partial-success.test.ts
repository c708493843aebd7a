import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeExportResponse } from '@waybill/wire/otlp'
import fc from 'fast-check'
import { readPartialSuccess } from './partial-success.ts'

const encoded = (rejectedSpans: number, errorMessage: string): Buffer =>
  Buffer.from(encodeExportResponse({ rejectedSpans, errorMessage }))

test('what a server rejects is read back', () => {
  for (const rejectedSpans of [1, 127, 128, 2 ** 31, Number.MAX_SAFE_INTEGER])
    for (const message of ['', 'too old', 'ä'.repeat(500)])
      assert.deepEqual(readPartialSuccess(encoded(rejectedSpans, message)), { rejectedSpans, message })
})

test('an answer that rejects nothing, is empty, or is no such message, says nothing', () => {
  const whole = encoded(3, 'too old')
  const texts = ['', '{}', '{"partialSuccess":{}}', '<html>'].map(text => Buffer.from(text))
  for (const answer of [
    encoded(0, 'only a word'),
    ...texts,
    whole.subarray(0, -1),
    Buffer.from([0x0a, 0xff]),
  ])
    assert.equal(readPartialSuccess(answer), undefined, answer.toString('hex'))
})

test('whatever the bytes, nothing is thrown', () => {
  fc.assert(fc.property(fc.uint8Array(), bytes => void readPartialSuccess(Buffer.from(bytes))))
})
