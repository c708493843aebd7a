import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TraceId } from '@waybill/model'
import { parseZipkinTraceId, zipkinTraceId } from './trace-id.ts'

test('an id has 1 to 32 digits, of which 16 stand for 64 bits', () => {
  assert.equal(parseZipkinTraceId('1f'), '1f'.padStart(32, '0'))
  assert.equal(parseZipkinTraceId('f'.repeat(17)), 'f'.repeat(17).padStart(32, '0'))
  assert.equal(parseZipkinTraceId('f'.repeat(32)), 'f'.repeat(32))
  assert.equal(zipkinTraceId('1f'.padStart(32, '0') as TraceId), '1f'.padStart(16, '0'))
  assert.equal(zipkinTraceId(`1${'0'.repeat(31)}` as TraceId), `1${'0'.repeat(31)}`)
})

test('what is none is refused in the words of Zipkin', () => {
  const refused = {
    [`${'f'.repeat(33)}`]: 'traceId.length > 32',
    '0': 'traceId is all zeros',
    ['0'.repeat(32)]: 'traceId is all zeros',
    '': 'traceId is empty',
    A1: 'A1 should be lower-hex encoded with no prefix',
    '0x1': '0x1 should be lower-hex encoded with no prefix',
  }
  for (const [text, message] of Object.entries(refused))
    assert.throws(() => parseZipkinTraceId(text), { code: 'BAD_PARAMETER', message })
})
