import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringOf, textOf } from './text.ts'
import type { V1Part } from './v1-parts.ts'
import { v1Parts } from './v1-parts.ts'
import type { V1Annotation, V1Span } from './v1-span.ts'

const front = { serviceName: 'front', ipv4: '10.0.0.1', port: 8080 }
const back = { serviceName: 'back', ipv4: '10.0.0.2' }
const broker = { serviceName: 'kafka' }

function parts(span: Partial<V1Span>): readonly V1Part[] {
  return v1Parts({
    ids: new Int32Array(8),
    name: 'get',
    timestamp: 0,
    duration: 0,
    debug: false,
    annotations: [],
    binaryAnnotations: [],
    position: 0,
    ...span,
  })
}

/** What was recorded, by its code: `{ cs: 100 }` at `endpoint`. */
function at(
  endpoint: V1Annotation['endpoint'],
  codes: Readonly<Record<string, number>>,
): readonly V1Annotation[] {
  return Object.entries(codes).map(([value, timestamp]) => ({
    value,
    timestamp,
    ...(endpoint && { endpoint }),
  }))
}

const brief = ({ kind, timestamp, duration, local, remote, shared }: V1Part) =>
  [kind, timestamp, duration, local?.serviceName, remote?.serviceName, shared] as const

test('one side of a call is one span; its own times win over those of its annotations', () => {
  assert.deepEqual(parts({ annotations: at(front, { cs: 100, cr: 150 }) }).map(brief), [
    ['CLIENT', 100, 50, 'front', undefined, false],
  ])
  const timed = { timestamp: 90, duration: 70 }
  assert.deepEqual(parts({ ...timed, annotations: at(back, { sr: 100, ss: 150 }) }).map(brief), [
    ['SERVER', 90, 70, 'back', undefined, false],
  ])
})

test('both sides of a call are two spans, of which the server’s is shared', () => {
  const annotations = [...at(front, { cs: 100, cr: 190 }), ...at(back, { sr: 120, ss: 150 })]
  assert.deepEqual(parts({ annotations }).map(brief), [
    ['CLIENT', 100, 90, 'front', undefined, false],
    ['SERVER', 120, 30, 'back', undefined, true],
  ])
  const oneWay = [...at(front, { cs: 100 }), ...at(back, { sr: 120 })]
  assert.deepEqual(parts({ annotations: oneWay }).map(brief), [
    ['CLIENT', 100, 0, 'front', undefined, false],
    ['SERVER', 120, 0, 'back', undefined, true],
  ])
})

test('a service that calls itself has two spans', () => {
  const annotations = at(front, { cs: 100, sr: 120, ss: 150, cr: 190 })
  assert.deepEqual(parts({ annotations }).map(brief), [
    ['CLIENT', 100, 90, 'front', undefined, false],
    ['SERVER', 120, 30, 'front', undefined, true],
  ])
})

test('a server that leaves the time to its client shares the span', () => {
  assert.deepEqual(parts({ annotations: at(back, { sr: 120, ss: 150 }) }).map(brief), [
    ['SERVER', 120, 30, 'back', undefined, true],
  ])
  assert.deepEqual(parts({ timestamp: 120, annotations: at(back, { sr: 120 }) }).map(brief), [
    ['SERVER', 120, 0, 'back', undefined, false],
  ])
})

test('of an incomplete call, the end that is there stays an annotation', () => {
  const [client] = parts({ annotations: at(front, { cr: 190 }) })
  assert.ok(client)
  assert.deepEqual(brief(client), ['CLIENT', 0, 0, 'front', undefined, false])
  assert.deepEqual(client.annotations, [{ timestamp: 190, value: 'cr' }])
})

test('a start that is missing is the span’s, where that agrees with the end', () => {
  const annotations = at(front, { cr: 190 })
  const [agreeing] = parts({ timestamp: 100, duration: 90, annotations })
  assert.deepEqual([agreeing?.timestamp, agreeing?.duration, agreeing?.annotations], [100, 90, []])
  const [other] = parts({ timestamp: 100, duration: 80, annotations })
  assert.deepEqual([other?.timestamp, other?.duration, other?.annotations.length], [100, 80, 1])
})

test('messages: producer and consumer, with what the wire tells', () => {
  assert.deepEqual(parts({ annotations: at(front, { ms: 100, ws: 130 }) }).map(brief), [
    ['PRODUCER', 100, 30, 'front', undefined, false],
  ])
  assert.deepEqual(parts({ annotations: at(back, { wr: 200, mr: 240 }) }).map(brief), [
    ['CONSUMER', 200, 40, 'back', undefined, false],
  ])
  assert.deepEqual(parts({ annotations: at(back, { mr: 240 }) }).map(brief), [
    ['CONSUMER', 240, 0, 'back', undefined, false],
  ])
  const both = [...at(front, { ms: 100 }), ...at(back, { mr: 240 })]
  assert.deepEqual(parts({ annotations: both }).map(brief), [
    ['PRODUCER', 100, 0, 'front', undefined, false],
    ['CONSUMER', 240, 0, 'back', undefined, true],
  ])
})

test('codes without an endpoint, and the wire’s of a call, are annotations like any other', () => {
  const [part] = parts({
    timestamp: 1,
    annotations: [...at(undefined, { cs: 100 }), ...at(front, { ws: 110, x: 120 })],
  })
  assert.deepEqual([part?.kind, part?.annotations.map(({ value }) => value)], [undefined, ['cs', 'x', 'ws']])
})

test('tags belong to the span of their service, those of nobody to the first', () => {
  const annotations = [...at(front, { cs: 100, cr: 190 }), ...at(back, { sr: 120, ss: 150 })]
  const binaryAnnotations = [
    { key: textOf('a'), value: textOf('1'), endpoint: back },
    { key: textOf('b'), value: textOf('2') },
    { key: textOf('lc'), value: textOf(''), endpoint: front },
    { key: textOf('sa'), value: textOf('not an address'), endpoint: front },
  ]
  assert.deepEqual(
    parts({ annotations, binaryAnnotations }).map(({ tags }) =>
      tags.map(([key, value]) => [stringOf(key), stringOf(value)]),
    ),
    [
      [
        ['b', '2'],
        ['sa', 'not an address'],
      ],
      [['a', '1']],
    ],
  )
})

test('addresses are the other side', () => {
  const remote = (annotations: readonly V1Annotation[], ...addresses: V1Span['binaryAnnotations']) =>
    parts({ annotations, binaryAnnotations: addresses }).map(part => [part.kind, part.remote])
  const sa = { key: textOf('sa'), endpoint: back }
  const ca = { key: textOf('ca'), endpoint: front }
  const ma = { key: textOf('ma'), endpoint: broker }
  assert.deepEqual(remote(at(front, { cs: 1, cr: 2 }), sa), [['CLIENT', back]])
  assert.deepEqual(remote(at(front, { cr: 2 }), sa), [['CLIENT', back]])
  assert.deepEqual(remote(at(back, { sr: 1, ss: 2 }), ca), [['SERVER', front]])
  assert.deepEqual(remote(at(front, { ms: 1 }), ma), [['PRODUCER', broker]])
  assert.deepEqual(remote(at(back, { mr: 1 }), ma), [['CONSUMER', broker]])
  // A client's port that has the server's name is no other service.
  const port = { serviceName: 'back', ipv4: '10.0.0.9', port: 5555 }
  assert.deepEqual(remote(at(back, { sr: 1, ss: 2 }), { key: textOf('ca'), endpoint: port }), [
    ['SERVER', { ipv4: '10.0.0.9', port: 5555 }],
  ])
  assert.deepEqual(remote(at(back, { sr: 1, ss: 2 }), { key: textOf('ca'), endpoint: back }), [
    ['SERVER', undefined],
  ])
})

test('addresses alone tell the sides', () => {
  const sa = { key: textOf('sa'), endpoint: back }
  const ca = { key: textOf('ca'), endpoint: front }
  const full = (binaryAnnotations: V1Span['binaryAnnotations']) => parts({ binaryAnnotations }).map(brief)
  assert.deepEqual(full([sa]), [[undefined, 0, 0, undefined, 'back', false]])
  assert.deepEqual(full([ca]), [['SERVER', 0, 0, undefined, 'front', false]])
  assert.deepEqual(full([sa, ca]), [[undefined, 0, 0, 'front', 'back', false]])
})

test('a span that says nothing is a span', () => {
  assert.deepEqual(parts({}).map(brief), [[undefined, 0, 0, undefined, undefined, false]])
})

test(
  'a span of very many services takes time by their number, not by its square',
  { timeout: 30_000 },
  () => {
    const endpoints = Array.from({ length: 200_000 }, (_, number) => ({ serviceName: `S${number}` }))
    const annotations = [...endpoints, ...endpoints].map(endpoint => ({ timestamp: 1, value: 'a', endpoint }))
    const started = performance.now()
    const found = parts({ annotations })
    assert.equal(found.length, endpoints.length)
    assert.ok(found.every(part => part.annotations.length === 2))
    assert.ok(performance.now() - started < 20_000)
  },
)
