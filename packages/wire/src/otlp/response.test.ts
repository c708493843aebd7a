import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { encodeExportResponse, encodeStatus, exportResponseJson, statusJson } from './response.ts'

// OpenTelemetry's own exporters read these answers; the bytes of Status are spelled out.

test('full success is a message without fields', () => {
  const response = { rejectedSpans: 0, errorMessage: '' }
  assert.equal(encodeExportResponse(response).length, 0)
  assert.deepEqual(exportResponseJson(response), {})
})

test('an exporter reads partial success in protobuf and in JSON', () => {
  for (const response of [
    { rejectedSpans: 3, errorMessage: 'too old' },
    { rejectedSpans: 300, errorMessage: 'x'.repeat(200) },
  ]) {
    const read = ProtobufTraceSerializer.deserializeResponse(encodeExportResponse(response))
    assert.deepEqual(
      [Number(read.partialSuccess?.rejectedSpans), read.partialSuccess?.errorMessage],
      [response.rejectedSpans, response.errorMessage],
    )
    const json = Buffer.from(JSON.stringify(exportResponseJson(response)))
    assert.deepEqual(JsonTraceSerializer.deserializeResponse(json), {
      partialSuccess: { ...response, rejectedSpans: String(response.rejectedSpans) },
    })
  }
})

test('a warning is partial success without rejected spans', () => {
  const bytes = encodeExportResponse({ rejectedSpans: 0, errorMessage: 'old' })
  assert.equal(Buffer.from(bytes).toString('hex'), `0a0512036f6c64`)
})

test('a status has its code and message', () => {
  const bytes = encodeStatus({ code: 3, message: 'bad' })
  assert.equal(Buffer.from(bytes).toString('hex'), `08031203626164`)
  assert.deepEqual(statusJson({ code: 3, message: 'bad' }), { code: 3, message: 'bad' })
})

test('a status that may be retried says when', () => {
  const retry = (retryDelayMs: number) => {
    const hex = Buffer.from(encodeStatus({ code: 8, message: '', retryDelayMs })).toString('hex')
    const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo').toString('hex')
    const [head, delay] = hex.split(type)
    assert.match(head ?? '', /^080812001a..0a28$/)
    return delay
  }
  // RetryInfo { retry_delay { seconds, nanos } }
  assert.equal(retry(1500), '120a0a0808011080cab5ee01')
  assert.equal(retry(0), '12060a0408001000')
  assert.equal(retry(-5), '12060a0408001000')
  assert.equal(retry(999.2), '12060a0408011000')
  const [detail] = (statusJson({ code: 8, message: 'full', retryDelayMs: 1500 }) as { details: unknown[] })
    .details
  assert.deepEqual(detail, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' })
})
