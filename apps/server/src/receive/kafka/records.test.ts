import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WaybillError } from '@waybill/model'
import { decodeTraces } from '@waybill/wire/otlp'
import { otlpProtobuf, sampleSpan } from '@waybill/wire/samples'
import { createAccept } from '../../accept/accept.ts'
import { createLog } from '../../log.ts'
import { createMetrics } from '../../metrics.ts'
import type { SpanRecord } from './record.ts'
import { patientCounter, takeRecordsWith } from './records.ts'

function record(offset: bigint, value: Uint8Array): SpanRecord {
  return { topic: 't', partition: 0, offset, timestamp: 1n, value }
}

const spans = otlpProtobuf([sampleSpan()])

test('a record that goes nowhere is told only when none of its batch is being taken any more', async () => {
  let isFull = true
  let accepted = 0
  const take = takeRecordsWith({
    accept: async () => {
      if (isFull) throw new WaybillError('SPOOL_FULL', 'full')
      accepted++
      return { acceptedSpans: 1, rejectedSpans: 0, reason: '' }
    },
    quarantine: { put: async () => Promise.reject(new Error('the disk is full')) },
    counter: createMetrics().receiver('test'),
    log: createLog({ level: 'error', format: 'text' }, { write: () => undefined }),
    maxBodyBytes: 1e6,
    name: 'kafka',
    purpose: 'spans from Kafka',
  })
  let isOver = false
  const taking = take([record(0n, spans), record(1n, Buffer.from('no spans'))], new AbortController().signal)
  const failed = assert.rejects(taking, /the disk is full/).then(() => {
    isOver = true
  })
  await new Promise(setImmediate)
  assert.equal(isOver, false)
  isFull = false
  await failed
  assert.equal(accepted, 1)
})

test('a span of a record that waits for the spool is counted once, as accepted', async () => {
  const metrics = createMetrics()
  const counter = metrics.receiver('kafka')
  let tries = 0
  const spool = {
    append: async () => {
      if (++tries < 3) throw new WaybillError('SPOOL_FULL', 'full')
    },
  }
  const take = takeRecordsWith({
    accept: createAccept({ spool, counter: patientCounter(counter), maxSpanBytes: 1e6 }),
    quarantine: { put: async () => undefined },
    counter,
    log: createLog({ level: 'error', format: 'text' }, { write: () => undefined }),
    maxBodyBytes: 1e6,
    name: 'kafka',
    purpose: 'spans from Kafka',
  })
  await take([record(0n, spans)], new AbortController().signal)
  assert.equal(tries, 3)
  const text = await metrics.registry.metrics()
  const counted = text.split('\n').filter(line => /^waybill_(?:spans|requests)_.*[1-9]$/.test(line))
  assert.deepEqual(counted, [
    'waybill_requests_total{receiver="kafka",outcome="accepted"} 1',
    'waybill_spans_accepted_total{receiver="kafka"} 1',
  ])
})

test('a span without a time, in a record without one, has that of its arrival', async () => {
  let body = new Uint8Array(0)
  const spool = {
    append: async (taken: Uint8Array) => {
      body = Uint8Array.from(taken)
    },
  }
  const counter = createMetrics().receiver('test')
  const take = takeRecordsWith({
    accept: createAccept({ spool, counter, maxSpanBytes: 1e6 }),
    quarantine: { put: async (_, reason) => assert.fail(String(reason)) },
    counter,
    log: createLog({ level: 'error', format: 'text' }, { write: () => undefined }),
    maxBodyBytes: 1e6,
    name: 'kafka',
    purpose: 'spans from Kafka',
  })
  const timeless = record(0n, Buffer.from('[{"traceId":"1","id":"2"}]'))
  const before = BigInt(Date.now()) * 1_000_000n
  await take([{ ...timeless, timestamp: -1n }], new AbortController().signal)
  const start = decodeTraces(body).resourceSpans[0]?.scopeSpans[0]?.spans[0]?.startTimeUnixNano
  assert.ok(BigInt(start ?? 0) >= before)
})
