import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Context } from '@opentelemetry/api'
import { createTraceState, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import fc from 'fast-check'
import { isSamplingRefused } from './formats/codec.ts'
import { parseTraceparent } from './formats/w3c.ts'
import type { HeaderFormat } from './formats.ts'
import { codecPropagator, propagatorOf } from './formats.ts'
import type { HeaderRecord } from './headers.ts'
import { headerOf, readContext, withContext } from './headers.ts'
import { collectSpans } from './testing/collect-spans.ts'
import { active, remote, traceparent } from './testing/routes.ts'

collectSpans()

const formats: readonly HeaderFormat[] = ['w3c', 'b3', 'b3multi', 'jaeger']

function write(context: Context, ...named: readonly HeaderFormat[]): HeaderRecord {
  return withContext({ own: 'kept' }, context, propagatorOf(named)) as HeaderRecord
}

function read(headers: HeaderRecord, ...named: readonly HeaderFormat[]) {
  return trace.getSpanContext(readContext(ROOT_CONTEXT, headers, propagatorOf(named)))
}

test('each format is written as its specification says', () => {
  const [id, span] = ['a'.repeat(32), 'a'.repeat(16)]
  assert.deepEqual(write(active('a'), 'w3c'), { own: 'kept', traceparent: `00-${id}-${span}-01` })
  assert.deepEqual(write(active('a'), 'b3'), { own: 'kept', b3: `${id}-${span}-1` })
  assert.deepEqual(write(active('a'), 'b3multi'), {
    own: 'kept',
    'X-B3-TraceId': id,
    'X-B3-SpanId': span,
    'X-B3-Sampled': '1',
  })
  assert.deepEqual(write(active('a'), 'jaeger'), { own: 'kept', 'uber-trace-id': `${id}:${span}:0:1` })
})

test('what a format wrote it reads, sampled or not, with baggage; as do Buffers', () => {
  for (const format of formats) {
    for (const flags of [0, 1]) {
      const baggage = propagation.createBaggage({ tenant: { value: 'ä, b' }, n: { value: '1' } })
      const context = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, remote('c', flags)), baggage)
      const texts = write(context, format)
      const bytes = Object.fromEntries(
        Object.entries(texts).map(([name, value]) => [name, Buffer.from(String(value))]),
      )
      for (const headers of [texts, bytes]) {
        assert.deepEqual(read(headers, format), remote('c', flags), format)
        const found = propagation.getBaggage(readContext(ROOT_CONTEXT, headers, propagatorOf([format])))
        assert.equal(found?.getEntry('tenant')?.value, 'ä, b')
        assert.equal(found?.getEntry('n')?.value, '1')
      }
    }
  }
})

test('while migrating, all named formats are written, and the first that is there is read', () => {
  const both = write(active('a'), 'w3c', 'b3')
  assert.deepEqual(Object.keys(both).sort(), ['b3', 'own', 'traceparent'])
  assert.equal(read({ b3: `${'b'.repeat(32)}-${'b'.repeat(16)}-1` }, 'w3c', 'b3')?.traceId, 'b'.repeat(32))
  const disagreeing = { traceparent: traceparent('a'), b3: `${'b'.repeat(32)}-${'b'.repeat(16)}-1` }
  assert.equal(read(disagreeing, 'w3c', 'b3')?.traceId, 'a'.repeat(32))
  assert.equal(read(disagreeing, 'b3', 'w3c')?.traceId, 'b'.repeat(32))
  assert.equal(read({ ...disagreeing, traceparent: 'rubbish' }, 'w3c', 'b3')?.traceId, 'b'.repeat(32))
})

test('stale headers of every named format are replaced, the others left alone', () => {
  const headers = { b3: 'old', 'uber-trace-id': 'theirs', 'X-B3-ParentSpanId': 'old', tracestate: 'old=1' }
  const written = withContext(headers, active('a'), propagatorOf(['w3c', 'b3multi'])) as HeaderRecord
  assert.deepEqual(Object.keys(written).sort(), [
    'X-B3-Sampled',
    'X-B3-SpanId',
    'X-B3-TraceId',
    'b3',
    'traceparent',
    'uber-trace-id',
  ])
})

test('w3c: trace state travels; later versions are read, malformed texts are not', () => {
  const state = Object.assign(remote('a'), { traceState: createTraceState('x=1,y=2') })
  const headers = write(trace.setSpanContext(ROOT_CONTEXT, state), 'w3c')
  assert.equal(headers['tracestate'], 'x=1,y=2')
  assert.equal(read(headers, 'w3c')?.traceState?.get('y'), '2')
  const good = traceparent('a')
  assert.equal(parseTraceparent(`01${good.slice(2)}-more`)?.traceId, 'a'.repeat(32))
  const bad = [
    '',
    `${good}0`,
    `${good}-more`,
    good.slice(0, 54),
    `ff${good.slice(2)}`,
    `01${good.slice(2)}x`,
    `g0${good.slice(2)}`,
    traceparent('0'),
    traceparent('A'),
    traceparent('a', 'zz'),
    good.replaceAll('-', '_'),
  ]
  for (const text of bad) assert.equal(parseTraceparent(text), undefined, text)
})

test('b3: short trace ids, debug, deferred and refused sampling, names in lower case', () => {
  const id = `${'0'.repeat(16)}${'b'.repeat(16)}`
  const span = 'b'.repeat(16)
  assert.equal(read({ b3: `${span}-${span}-1` }, 'b3')?.traceId, id)
  assert.equal(read({ b3: `${span}-${span}-d` }, 'b3')?.traceFlags, 1)
  assert.equal(read({ b3: `${span}-${span}` }, 'b3')?.traceFlags, 1)
  assert.equal(read({ b3: `${span}-${span}-0-${span}` }, 'b3')?.traceFlags, 0)
  const lower = { 'x-b3-traceid': span, 'x-b3-spanid': span, 'x-b3-sampled': '0' }
  assert.deepEqual([read(lower, 'b3multi')?.traceId, read(lower, 'b3multi')?.traceFlags], [id, 0])
  assert.equal(read({ ...lower, 'X-B3-Flags': '1' }, 'b3multi')?.traceFlags, 1)
  for (const headers of [{ b3: '0' }, { 'X-B3-Sampled': '0' }]) {
    const context = readContext(ROOT_CONTEXT, headers, propagatorOf(['b3', 'b3multi']))
    assert.equal(trace.getSpanContext(context), undefined)
    assert.equal(isSamplingRefused(context), true)
  }
})

test('jaeger: ids without leading zeros, percent-encoded colons, baggage of its own', () => {
  const headers = { 'uber-trace-id': 'a%3Ab%3A0%3A3', 'uberctx-tenant': 'a%20b', 'uberctx-bad': '%' }
  const context = readContext(ROOT_CONTEXT, headers, propagatorOf(['jaeger']))
  assert.deepEqual(trace.getSpanContext(context), {
    traceId: 'a'.padStart(32, '0'),
    spanId: 'b'.padStart(16, '0'),
    traceFlags: 1,
    isRemote: true,
  })
  assert.equal(propagation.getBaggage(context)?.getEntry('tenant')?.value, 'a b')
  assert.equal(propagation.getBaggage(context)?.getEntry('bad')?.value, '%')
})

test('baggage: properties are kept; 8,192 bytes are read, one more is not', () => {
  const text = 'a=1;p=2, b = %C3%A4 ,=x,c,d=%'
  const context = readContext(ROOT_CONTEXT, { baggage: text }, propagatorOf(['w3c']))
  const written = withContext({}, context, propagatorOf(['w3c'])) as HeaderRecord
  assert.equal(written['baggage'], 'a=1;p=2,b=%C3%A4')
  const sized = (length: number) => ({ baggage: `k=${'v'.repeat(length - 2)}` })
  const found = (length: number) =>
    propagation.getBaggage(readContext(ROOT_CONTEXT, sized(length), propagatorOf(['w3c'])))
  assert.equal(found(8192)?.getEntry('k')?.value.length, 8190)
  assert.equal(found(8193), undefined)
})

test('whatever stands in the headers, nothing throws, and what is read is valid', () => {
  const names = fc.constantFrom(
    'traceparent',
    'tracestate',
    'baggage',
    'b3',
    'X-B3-TraceId',
    'X-B3-SpanId',
    'uber-trace-id',
    'uberctx-a',
  )
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array(),
    fc.stringMatching(/^[0-9a-f]{0,40}[-:%][0-9a-f]{0,40}[-:]?[01d]?$/),
    fc.constant(traceparent('a')),
    fc.anything(),
  )
  fc.assert(
    fc.property(fc.dictionary(names, hostile), headers => {
      const span = read(headers, ...formats)
      if (span !== undefined) assert.equal(trace.isSpanContextValid(span), true)
    }),
  )
})

test('what is registered with OpenTelemetry never asks what is registered, whatever was named', () => {
  propagation.disable()
  try {
    for (const named of [[], ['unknown' as HeaderFormat], ['w3c']] as const) {
      assert.ok(propagation.setGlobalPropagator(codecPropagator(named)))
      const written = withContext({}, active('a')) as HeaderRecord
      assert.deepEqual(written, { traceparent: traceparent('a') })
      const read = trace.getSpanContext(readContext(ROOT_CONTEXT, written))
      assert.equal(read?.traceId, 'a'.repeat(32))
      propagation.disable()
    }
  } finally {
    propagation.disable()
    collectSpans()
  }
})

test('baggage of any text is written so that it is read again; half of a character costs no context', () => {
  const propagator = propagatorOf(['w3c', 'jaeger'])
  const given = { 'user name': 'a,b;c=d', ü: 'é', half: 'a\ud800' }
  const entries = Object.entries(given).map(([key, value]) => [key, { value }] as const)
  const baggage = propagation.createBaggage(Object.fromEntries(entries))
  const headers = withContext(undefined, propagation.setBaggage(active('a'), baggage), propagator)
  assert.equal(headerOf(headers, 'traceparent'), traceparent('a'))
  const read = propagation.getBaggage(readContext(ROOT_CONTEXT, headers, propagatorOf(['w3c'])))
  assert.deepEqual(
    read?.getAllEntries().map(([key, { value }]) => [key, value]),
    Object.entries({ ...given, half: 'a\ufffd' }),
  )
})
