import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageHeaders } from './headers.ts'
import { handleMessage } from './process.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { kafkaRoute, traceparent } from './testing/routes.ts'
import type { MessagingOptions } from './tracing.ts'

collectSpans()

/** What is said on stderr about a message with these headers. */
function said(headers: MessageHeaders, options: MessagingOptions = {}): string {
  const lines: string[] = []
  const { write } = process.stderr
  process.env['WAYBILL_DEBUG'] = 'other,context'
  process.stderr.write = ((line: string) => lines.push(line) > 0) as typeof write
  try {
    handleMessage(kafkaRoute(options), { headers }, () => {})
  } finally {
    process.stderr.write = write
    delete process.env['WAYBILL_DEBUG']
  }
  assert.equal(lines.length, 1)
  return lines[0] ?? ''
}

test('a line a message says what its headers held and what became of it', () => {
  assert.equal(said({}), 'waybill: process orders: no context in its headers: a trace of its own\n')
  assert.match(
    said({ traceparent: traceparent('a') }),
    /: traceparent="00-a{32}-a{16}-01": continued by span [0-9a-f]{16}\n$/,
  )
  assert.match(
    said({ traceparent: traceparent('a') }, { continue: 'link' }),
    /: linked from span .* of trace/,
  )
  assert.match(said({ traceparent: traceparent('a') }, { rules: [{ skip: true }] }), /a rule skips it/)
})

test('what is there and cannot be read is shown, and why', () => {
  const unread = /not a context in any format that is read, so a trace of its own/
  assert.match(said({ b3: '1-1-1' }), unread)
  assert.match(said({ traceparent: traceparent('0') }), unread)
  assert.match(said({ traceparent: ['x', 'y'] }), /traceparent="y" \(the last of 2\)/)
  assert.match(said({ traceparent: 7 }), /traceparent=\(number, no text\)/)
  assert.match(said({ traceparent: Buffer.alloc(100_000, '0') }), /traceparent=\(100000 bytes, too long\)/)
  assert.match(said({ traceparent: 'a'.repeat(81) }), /"a{80}…"/)
})

test('without it, nothing is said', () => {
  const { write } = process.stderr
  const lines: unknown[] = []
  process.stderr.write = ((line: string) => lines.push(line) > 0) as typeof write
  handleMessage(kafkaRoute(), { headers: {} }, () => {})
  process.stderr.write = write
  assert.deepEqual(lines, [])
})
