import assert from 'node:assert/strict'
import { test } from 'node:test'
import { every } from '@waybill/query-language'
import {
  readCompletion,
  readNarrowed,
  readOperations,
  readSearch,
  readTraceId,
  readTraceSearch,
} from './parameters.ts'

const now = 1_700_000_000_000
const nano = (unixMs: number) => `${unixMs}000000`

function refuses(read: () => unknown, message: RegExp, code = 'BAD_PARAMETER') {
  assert.throws(read, { code, message })
}

test('without parameters: everything of the last hour, 20 traces', () => {
  assert.deepEqual(readSearch({}, now), {
    query: every,
    range: { startUnixNano: nano(now - 3_600_000), endUnixNano: nano(now) },
    limit: 20,
  })
})

test('ranges: from, to, last', () => {
  const range = (query: object) => readNarrowed(query, now).range
  assert.deepEqual(range({ last: '15m' }), { startUnixNano: nano(now - 900_000), endUnixNano: nano(now) })
  assert.deepEqual(range({ start: String(now - 5) }), {
    startUnixNano: nano(now - 5),
    endUnixNano: nano(now),
  })
  assert.deepEqual(range({ end: '2023-11-14T22:13:20Z' }), {
    startUnixNano: nano(now - 3_600_000),
    endUnixNano: nano(now),
  })
  assert.deepEqual(range({ start: '2023-11-14T23:13:19.5+01:00', end: String(now) }), {
    startUnixNano: nano(now - 500),
    endUnixNano: nano(now),
  })
  assert.equal(range({ last: '9999w' }).startUnixNano, '0')
})

test('ranges that cannot be', () => {
  refuses(() => readNarrowed({ last: '1h', start: '1' }, now), /^last: stands for start and end/)
  refuses(() => readNarrowed({ last: 'hour' }, now), /^last: must be a duration.*not "hour"/)
  refuses(() => readNarrowed({ last: '-1h' }, now), /^last: must be a duration/)
  refuses(() => readNarrowed({ start: 'yesterday' }, now), /^start: must be milliseconds/)
  refuses(() => readNarrowed({ start: '2023-11-14T22:13:20' }, now), /^start: must be/)
  refuses(() => readNarrowed({ end: '99999999999999999' }, now), /^end: must be/)
  refuses(() => readNarrowed({ start: '5', end: '4' }, now), /^start: must not lie after the end/)
  refuses(() => readNarrowed({ q: ['a', 'b'] }, now), /^q: may stand only once/)
})

test('the order of traces is newest unless slowest is asked for', () => {
  assert.equal(readTraceSearch({}, now).order, undefined)
  assert.equal(readTraceSearch({ sort: 'newest' }, now).order, undefined)
  assert.equal(readTraceSearch({ sort: '' }, now).order, undefined)
  assert.equal(readTraceSearch({ sort: 'slowest' }, now).order, 'slowest')
  refuses(() => readTraceSearch({ sort: 'fastest' }, now), /^sort: must be newest or slowest/)
  refuses(() => readTraceSearch({ sort: ['newest', 'slowest'] }, now), /^sort: may stand only once/)
})

test('limits: 1 is the first, 1500 the last', () => {
  assert.equal(readSearch({ limit: '1' }, now).limit, 1)
  assert.equal(readSearch({ limit: '1500' }, now).limit, 1500)
  assert.equal(readSearch({ limit: '' }, now).limit, 20)
  for (const limit of ['0', '1501', '-1', '1.5', 'x', '1e3'])
    refuses(() => readSearch({ limit }, now), /^limit: must be a whole number from 1 to 1500/)
})

test('a query that cannot be read says where', () => {
  assert.throws(() => readSearch({ q: 'service:' }, now), { code: 'BAD_QUERY', position: 8 })
})

test('completion: the cursor stands in the text', () => {
  assert.equal(readCompletion({ q: 'topic:' }, now).at, 6)
  assert.equal(readCompletion({ q: 'topic:', at: '0' }, now).at, 0)
  assert.equal(readCompletion({}, now).at, 0)
  refuses(() => readCompletion({ q: 'topic:', at: '7' }, now), /^at: must be an offset in q, 0 to 6, not "7"/)
  refuses(() => readCompletion({ q: 'topic:', at: '-1' }, now), /^at:/)
})

test('operations: of a service, of a kind', () => {
  assert.deepEqual(readOperations({ service: 'a b', kind: 'CONSUMER' }), { service: 'a b', kind: 'consumer' })
  assert.deepEqual(readOperations({}), {})
  refuses(() => readOperations({ kind: 'queue' }), /^kind: must be one of unspecified, internal/)
})

test('trace ids', () => {
  assert.equal(readTraceId('1F'), '0000000000000000000000000000001f')
  refuses(() => readTraceId('0'), /^trace id: must be 1 to 32 hex digits/)
})
