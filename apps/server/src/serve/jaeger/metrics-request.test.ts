import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDependencies } from './dependencies-request.ts'
import { readMetrics, readQuantile } from './metrics-request.ts'

const now = 1_700_000_000_000
const read = (parameters: string) => readMetrics(new URLSearchParams(parameters), now)
const quantile = (text: string) => readQuantile(new URLSearchParams({ quantile: text }))

test('the last hour of server spans, unless asked otherwise', () => {
  assert.deepEqual(read('service=shop&service=missing-service-name'), {
    services: ['shop', '', 'missing-service-name'],
    kinds: ['server'],
    byOperation: false,
    range: { startUnixNano: '1699996400000000000', endUnixNano: '1700000000000000000' },
    stepMs: 5_000,
    windowMs: 600_000,
  })
  assert.deepEqual(
    read(
      'service=a&spanKind=consumer&spanKind=SERVER&groupByOperation=true&endTs=5000&lookback=1000&step=60000&ratePer=120000',
    ),
    {
      services: ['a'],
      kinds: ['consumer', 'server'],
      byOperation: true,
      range: { startUnixNano: '4000000000', endUnixNano: '5000000000' },
      stepMs: 60_000,
      windowMs: 120_000,
    },
  )
})

test('what cannot be read is refused with its name', () => {
  const refused = {
    '': /'service': please provide at least one service name/,
    'service=a&spanKind=x': /'spanKind': unsupported span kind: 'x'/,
    'service=a&groupByOperation=x': /'groupByOperation'/,
    'service=a&endTs=x': /'endTs'/,
    'service=a&lookback=1h': /'lookback'/,
    'service=a&step=0': /'step'/,
    'service=a&ratePer=-1': /'ratePer'/,
  }
  for (const [parameters, message] of Object.entries(refused))
    assert.throws(() => read(parameters), { code: 'BAD_PARAMETER', message })
})

test('a quantile is a share of 1', () => {
  for (const text of ['0', '0.5', '.95', '1']) assert.equal(quantile(text), Number(text))
  for (const text of ['', '1.01', '-0.1', 'x', 'NaN', '1e-1'])
    assert.throws(() => quantile(text), { code: 'BAD_PARAMETER', message: /'quantile'/ })
})

test('dependencies: the last day, and what lies outside of all times narrows nothing', () => {
  assert.deepEqual(readDependencies(new URLSearchParams(), now), {
    range: { startUnixNano: '1699913600000000000', endUnixNano: '1700000000000000000' },
    service: '',
  })
  assert.deepEqual(
    readDependencies(
      new URLSearchParams('endTs=9223372036854775807&lookback=9223372036854775807&service=a'),
      now,
    ),
    { range: { startUnixNano: '0', endUnixNano: '9223372036854775000' }, service: 'a' },
  )
})
