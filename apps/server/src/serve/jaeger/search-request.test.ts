import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatQuery } from '@waybill/query-language'
import { readLegacySearch } from './search-request.ts'

const now = 1_700_000_000_000

function search(parameters: string) {
  const read = readLegacySearch(new URLSearchParams(parameters), now)
  assert.equal(read.kind, 'search')
  return read.kind === 'search' ? read.request : assert.fail()
}

const query = (parameters: string) => formatQuery(search(`service=shop&${parameters}`).query)
const refuses = (parameters: string, message: string | RegExp) =>
  assert.throws(() => readLegacySearch(new URLSearchParams(parameters), now), {
    code: 'BAD_PARAMETER',
    message,
  })

test('a service is required unless ids are given', () => {
  refuses('', "parameter 'service' is required")
  refuses('service=&operation=x', "parameter 'service' is required")
  assert.deepEqual(readLegacySearch(new URLSearchParams('traceID=1f&traceID=2a'), now), {
    kind: 'ids',
    traceIds: ['0000000000000000000000000000001f', '0000000000000000000000000000002a'],
  })
  refuses('traceID=xyz', /cannot parse traceID/)
})

test('without a range: the last two days; times are microseconds', () => {
  assert.deepEqual(search('service=shop').range, {
    startUnixNano: String((BigInt(now) - 172_800_000n) * 1_000_000n),
    endUnixNano: String(BigInt(now) * 1_000_000n),
  })
  assert.deepEqual(search('service=shop&start=1&end=9223372036854775807').range, {
    startUnixNano: '1000',
    endUnixNano: '9223372036854775000',
  })
  assert.equal(search('service=shop&start=-5').range.startUnixNano, '0')
  assert.deepEqual(search('service=shop&start=2&end=2').range, {
    startUnixNano: '2000',
    endUnixNano: '3000',
  })
  refuses('service=shop&start=1.5', /unable to parse param 'start'/)
  refuses('service=shop&start=2&end=1', 'invalid parameter: start time must be before end time')
})

test('limit is 100 if absent, and 1 at least', () => {
  assert.equal(search('service=shop').limit, 100)
  assert.equal(search('service=shop&limit=1').limit, 1)
  assert.equal(search('service=shop&limit=100000').limit, 1500)
  refuses('service=shop&limit=0', 'invalid parameter: limit must be greater than 0')
  refuses('service=shop&limit=-1', 'invalid parameter: limit must be greater than 0')
  refuses('service=shop&limit=ten', /unable to parse param 'limit'/)
})

test('operation, tags and durations are conditions on one span', () => {
  assert.equal(query('operation=send%20orders'), 'service:shop name:"send orders"')
  assert.equal(query('tag=http.status_code:500'), 'service:shop @http.status_code:"500"')
  assert.equal(query('tag=url:http://x:1/'), 'service:shop @url:http://x:1/')
  assert.equal(query('tags={"a":"1","b":"x y"}&tags={"a":"2"}'), 'service:shop @a:"2" @b:"x y"')
  assert.equal(query('tags=null'), 'service:shop')
  assert.equal(query('tags={"__proto__":"1"}'), 'service:shop @__proto__:"1"')
  assert.equal(query('minDuration=1.2s&maxDuration=2m'), 'service:shop dur>=1200ms dur<=2m')
  assert.equal(query('minDuration=0s&maxDuration='), 'service:shop')
})

test('names are names, whatever characters they hold', () => {
  const { query } = search('service=a*b%20%22c%22&operation=GET%20/x%2Fy%2Bz%25&tags={"name":"*"}')
  assert.deepEqual(query, {
    type: 'and',
    items: [
      { type: 'compare', key: 'service', operator: '=', value: { type: 'text', text: 'a*b "c"' } },
      { type: 'compare', key: 'name', operator: '=', value: { type: 'text', text: 'GET /x/y+z%' } },
      { type: 'compare', key: '@name', operator: '=', value: { type: 'text', text: '*' } },
    ],
  })
})

test('what is a tag to Jaeger only is looked for where it is', () => {
  assert.equal(query('tags={"error":"true"}'), 'service:shop (is:error OR @error:true)')
  assert.equal(query('tags={"error":"false"}'), 'service:shop @error:false')
  assert.equal(query('tag=span.kind:Consumer'), 'service:shop kind:consumer')
  assert.equal(query('tag=span.kind:other'), 'service:shop @span.kind:other')
  assert.equal(query('tag=otel.status_code:ERROR'), 'service:shop status:error')
  assert.equal(query('tag=otel.status_description:declined'), 'service:shop message:declined')
})

test('the service without a name has Jaeger’s names for it, which others may have stored', () => {
  for (const name of ['missing-service-name', 'empty-service-name', 'OTLPResourceNoServiceName'])
    assert.deepEqual(search(`service=${name}`).query, {
      type: 'in',
      key: 'service',
      values: [
        { type: 'text', text: '' },
        { type: 'text', text: name },
      ],
    })
})

test('what cannot be read is refused with its name', () => {
  refuses('service=shop&tag=novalue', "malformed 'tag' parameter, expecting key:value, received: novalue")
  refuses('service=shop&tags={', /malformed 'tags' parameter, cannot unmarshal JSON/)
  refuses('service=shop&tags=["a"]', /malformed 'tags' parameter/)
  refuses('service=shop&tags={"a":1}', /malformed 'tags' parameter/)
  refuses('service=shop&minDuration=5', /unable to parse param 'minDuration'/)
  refuses('service=shop&minDuration=2s&maxDuration=1s', "'maxDuration' should be greater than 'minDuration'")
})
