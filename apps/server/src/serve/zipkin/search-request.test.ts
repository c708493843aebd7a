import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatQuery, parseQuery } from '@waybill/query-language'
import fc from 'fast-check'
import { readZipkinSearch } from './search-request.ts'

const now = 1_700_000_000_000

const search = (parameters: string) => readZipkinSearch(new URLSearchParams(parameters), now)
const query = (parameters: string) => formatQuery(search(parameters).query)
const refuses = (parameters: string, message: string | RegExp) =>
  assert.throws(() => search(parameters), { code: 'BAD_PARAMETER', message })

test('without parameters: ten traces of the last day', () => {
  const { range, limit } = search('')
  assert.equal(query(''), '')
  assert.equal(limit, 10)
  assert.deepEqual(range, {
    startUnixNano: String(BigInt(now - 86_400_000) * 1_000_000n),
    endUnixNano: String(BigInt(now + 1) * 1_000_000n),
  })
})

test('endTs and lookback are milliseconds, and both ends belong to the range', () => {
  assert.deepEqual(search('endTs=2000&lookback=1500').range, {
    startUnixNano: '500000000',
    endUnixNano: '2001000000',
  })
  assert.equal(search('endTs=1000&lookback=9223372036854775807').range.startUnixNano, '0')
  assert.equal(search('endTs=9223372036854775807&lookback=1').range.endUnixNano, '9223372036854775807')
  refuses('endTs=0', 'endTs <= 0')
  refuses('lookback=0', 'lookback <= 0')
  refuses('lookback=-1', 'lookback <= 0')
  refuses('endTs=9223372036854775808', /^endTs: "9223372036854775808" is no whole number$/)
  refuses('endTs=1.5', /is no whole number/)
})

test('limit is 1 at least', () => {
  assert.equal(search('limit=1').limit, 1)
  assert.equal(search('limit=100000').limit, 1500)
  refuses('limit=0', 'limit <= 0')
  refuses('limit=ten', /is no whole number/)
})

test('a service, and one condition on a span of it', () => {
  assert.equal(query('serviceName=shop'), 'service:shop')
  assert.equal(query('serviceName='), '')
  assert.equal(query('serviceName=shop&spanName=post%20/orders'), 'service:shop name:"post /orders"')
  assert.equal(query('spanName=all&serviceName=shop'), 'service:shop')
  assert.equal(query('serviceName=shop&minDuration=1500'), 'service:shop dur>=1500us')
  assert.equal(
    query('serviceName=shop&remoteServiceName=db'),
    'service:shop (@service.peer.name:db OR @peer.service:db OR kind in (producer, consumer) system:db)',
  )
  assert.equal(query('annotationQuery=http.status_code%3D500'), '@http.status_code:"500"')
})

test('names are asked for as they are given, and in small letters as Zipkin has them', () => {
  assert.equal(query('serviceName=Shop'), 'service in (Shop, shop)')
  assert.equal(query('serviceName=shop&spanName=GET%20/'), 'service:shop name in ("GET /", "get /")')
  assert.equal(query('serviceName=shop&spanName=All'), 'service:shop')
})

test('several conditions may be met by several spans of the service', () => {
  assert.equal(
    query('serviceName=shop&spanName=get&minDuration=1000&maxDuration=2000'),
    '{service:shop name:get} {service:shop dur>=1ms dur<=2ms}',
  )
  assert.equal(
    query('serviceName=shop&annotationQuery=a%3D1 and b%3D2'),
    '{service:shop @a:"1"} {service:shop @b:"2"}',
  )
})

test('words of annotationQuery are annotations or keys of tags; tags have a value', () => {
  const annotation = (text: string) => query(`annotationQuery=${encodeURIComponent(text)}`)
  assert.equal(annotation('retry'), 'has:@retry OR event:retry')
  assert.equal(annotation('error'), 'is:error OR has:@error OR event:error')
  assert.equal(annotation('error=true'), 'is:error OR @error:true')
  assert.equal(annotation('error=no stock'), 'is:error message:"no stock" OR @error:"no stock"')
  assert.equal(annotation(' a = b = c '), '@a:"b = c"')
  assert.equal(annotation('a=x*'), '@a:"x*"')
  assert.equal(annotation('a=1 and a=2'), '@a:"2"')
  assert.equal(annotation('a=1 and a'), '@a:"1"')
  assert.equal(annotation('a='), 'has:@a OR event:a')
  assert.equal(annotation(' and '), '')
  assert.equal(annotation('=x'), '')
  assert.equal(annotation('sand and land'), '{has:@sand OR event:sand} {has:@land OR event:land}')
})

test('durations are microseconds; the longest needs the shortest', () => {
  assert.equal(query('minDuration=1'), 'dur>=1us')
  assert.equal(query('minDuration=5&maxDuration=5'), 'dur>=5us dur<=5us')
  assert.doesNotThrow(() => search('minDuration=9223372036854775807'))
  refuses('minDuration=0', 'minDuration <= 0')
  refuses('maxDuration=5', 'maxDuration is only valid with minDuration')
  refuses('minDuration=5&maxDuration=4', 'maxDuration < minDuration')
  refuses('minDuration=1ms', /is no whole number/)
})

test('whatever is asked for, it is a query that can be written', () => {
  const name = fc.string({ unit: 'binary', maxLength: 12 })
  fc.assert(
    fc.property(name, name, name, name, (serviceName, spanName, remoteServiceName, annotationQuery) => {
      const asked = new URLSearchParams({ serviceName, spanName, remoteServiceName, annotationQuery })
      const read = readZipkinSearch(asked, now).query
      assert.deepEqual(parseQuery(formatQuery(read)), read)
    }),
  )
})
