import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatQuery } from '@waybill/query-language'
import { parametersOfBody } from './v3-body.ts'
import { readV3Search } from './v3-request.ts'

const times = 'query.startTimeMin=2023-11-14T22:13:20Z&query.startTimeMax=2023-11-14T22:13:20.000000001Z'
const search = (parameters: string) => readV3Search(new URLSearchParams(`${times}&${parameters}`))
const query = (parameters: string) => formatQuery(search(parameters).request.query)
const refuses = (parameters: string, message: string | RegExp) =>
  assert.throws(() => readV3Search(new URLSearchParams(parameters)), { code: 'BAD_PARAMETER', message })

test('both times are required, and a nanosecond lies between them', () => {
  assert.deepEqual(search('').request, {
    query: { type: 'every' },
    range: { startUnixNano: '1700000000000000000', endUnixNano: '1700000000000000001' },
    limit: 100,
  })
  refuses('query.startTimeMin=2023-11-14T22:13:20Z', 'query.startTimeMin and query.startTimeMax are required')
  const same = 'query.start_time_min=2023-11-14T22:13:20Z&query.start_time_max=2023-11-14T22:13:20Z'
  refuses(same, 'query.startTimeMin must be before query.startTimeMax')
  refuses('query.startTimeMin=x&query.startTimeMax=y', /^malformed parameter query.startTimeMin/)
})

test('an offset’s plus sign may have become a space', () => {
  const { range } = readV3Search(
    new URLSearchParams(
      'query.startTimeMin=2023-11-14T23:13:20+01:00&query.startTimeMax=2023-11-14T22:13:21Z',
    ),
  ).request
  assert.equal(range.startUnixNano, '1700000000000000000')
})

test('parameters under both of their names', () => {
  const wanted = 'service:shop name:send @k:v dur>=1500ms dur<=2m'
  const attributes = encodeURIComponent('{"k":"v"}')
  assert.equal(
    query(
      `query.serviceName=shop&query.operationName=send&query.attributes=${attributes}&query.durationMin=1.5s&query.durationMax=2m`,
    ),
    wanted,
  )
  assert.equal(
    query(
      `query.service_name=shop&query.operation_name=send&query.attributes=${attributes}&query.duration_min=1.5s&query.duration_max=2m`,
    ),
    wanted,
  )
})

test('depth: 100 if absent, 1 at least, 1500 at most, by three names', () => {
  assert.equal(search('query.searchDepth=1').request.limit, 1)
  assert.equal(search('query.search_depth=7').request.limit, 7)
  assert.equal(search('query.num_traces=1501').request.limit, 1500)
  refuses(`${times}&query.searchDepth=0`, 'invalid parameter: limit must be greater than 0')
  refuses(`${times}&query.num_traces=x`, /^malformed parameter query.num_traces/)
})

test('raw traces, in every spelling of Go', () => {
  for (const text of ['1', 't', 'T', 'TRUE', 'true', 'True'])
    assert.ok(search(`query.rawTraces=${text}`).isRaw)
  for (const text of ['', '0', 'f', 'F', 'FALSE', 'false', 'False'])
    assert.ok(!search(`query.raw_traces=${text}`).isRaw)
  refuses(`${times}&query.rawTraces=yes`, /^malformed parameter query.rawTraces/)
})

test('what cannot be read is refused with its name', () => {
  refuses(`${times}&query.attributes=x`, /^malformed parameter query.attributes: "x" is no JSON$/)
  refuses(`${times}&query.attributes=["a"]`, /^malformed parameter query.attributes/)
  refuses(`${times}&query.attributes={"a":1}`, /^malformed parameter query.attributes/)
  refuses(`${times}&query.durationMax=5`, /^malformed parameter query.durationMax/)
})

test('a body is the same as the parameters, in camelCase and in snake_case', () => {
  const body = (value: unknown) => parametersOfBody(Buffer.from(JSON.stringify(value)))
  assert.equal(
    body({
      query: {
        service_name: 'shop',
        attributes: { 'http.response.status_code': 200, 'url.path': '/' },
        searchDepth: 5,
        rawTraces: true,
        durationMin: null,
      },
    }).toString(),
    new URLSearchParams({
      'query.service_name': 'shop',
      'query.attributes': '{"http.response.status_code":"200","url.path":"/"}',
      'query.searchDepth': '5',
      'query.rawTraces': 'true',
    }).toString(),
  )
  const proto = parametersOfBody(Buffer.from('{"query":{"attributes":{"__proto__":1}}}'))
  assert.equal(proto.get('query.attributes'), '{"__proto__":"1"}')
  assert.equal(body({}).toString(), '')
  assert.equal(parametersOfBody(undefined).toString(), '')
  for (const text of ['x', '[]', '1', '{"query":1}', '{"query":{"serviceName":["a"]}}'])
    assert.throws(() => parametersOfBody(Buffer.from(text)), { code: 'BAD_PARAMETER' }, text)
})
