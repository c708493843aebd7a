import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEnvironment } from './environment.ts'

test('without variables, the defaults', () => {
  const { problems, ...environment } = readEnvironment({})
  assert.deepEqual(problems, [])
  assert.deepEqual(environment, {
    disabled: false,
    configPath: undefined,
    exports: true,
    exporting: {
      url: 'http://localhost:4318/v1/traces',
      headers: {},
      compression: 'none',
      timeoutMs: 10_000,
      delayMs: 1000,
      maxQueuedSpans: 2048,
      maxBatchSpans: 512,
    },
    resource: {},
    sampler: { kind: 'always_on', isParentBased: true },
    formats: ['w3c'],
    limits: {},
    knownMethods: undefined,
  })
})

test('known methods of HTTP keep their case, and are the whole list', () => {
  const known = (list: string) =>
    readEnvironment({ OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: list }).knownMethods
  assert.deepEqual(known('GET, patch,,M-SEARCH '), ['GET', 'patch', 'M-SEARCH'])
  assert.equal(known(' '), undefined)
})

test('the general endpoint is a base, that of the traces is used as it is', () => {
  const url = (variables: Record<string, string>) => readEnvironment(variables).exporting.url
  assert.equal(url({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h:1/' }), 'http://h:1/v1/traces')
  assert.equal(url({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://h/base' }), 'https://h/base/v1/traces')
  assert.equal(
    url({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://h:2/own', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://h:1' }),
    'http://h:2/own',
  )
})

test('headers are decoded, and those for traces win', () => {
  const { headers } = readEnvironment({
    OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=x%20y ,broken,=no,c=%zz',
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=2',
  }).exporting
  assert.deepEqual(headers, { a: '2', b: 'x y', c: '%zz' })
})

test('an empty variable is none', () => {
  assert.deepEqual(
    readEnvironment({ OTEL_BSP_SCHEDULE_DELAY: '', OTEL_TRACES_EXPORTER: ' ' }),
    readEnvironment({}),
  )
})

test('a batch is no larger than the queue', () => {
  assert.equal(readEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: '511' }).exporting.maxBatchSpans, 511)
  assert.equal(readEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: '513' }).exporting.maxBatchSpans, 512)
})

test('every value that cannot be honoured is said', () => {
  const wrong = {
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_PROPAGATORS: 'b3,xray',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd',
    OTEL_TRACES_SAMPLER: 'sometimes',
    OTEL_SPAN_LINK_COUNT_LIMIT: '-1',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
    OTEL_BSP_SCHEDULE_DELAY: '0',
    OTEL_BSP_MAX_QUEUE_SIZE: 'many',
  }
  const environment = readEnvironment(wrong)
  assert.equal(environment.problems.length, 9)
  assert.equal(environment.exporting.url, 'http://localhost:4318/v1/traces')
  assert.equal(environment.exporting.delayMs, 1000)
  const fine = { OTEL_PROPAGATORS: 'tracecontext, baggage', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }
  assert.deepEqual(readEnvironment(fine).problems, [])
})

test('samplers, with what they need', () => {
  const sampler = (name: string, arg?: string) =>
    readEnvironment({ OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: arg })
  assert.deepEqual(sampler('always_off').sampler, { kind: 'always_off', isParentBased: false })
  assert.deepEqual(sampler('parentbased_traceidratio', '0.25').sampler, {
    kind: 'traceidratio',
    isParentBased: true,
    share: 0.25,
  })
  for (const [arg, share, problems] of [
    ['0', 0, 0],
    ['1', 1, 0],
    ['1.1', 1, 1],
    ['half', 1, 1],
  ] as const) {
    const read = sampler('consistent_probability', arg)
    assert.deepEqual(
      [read.sampler, read.problems.length],
      [{ kind: 'consistent_probability', isParentBased: false, share }, problems],
    )
  }
  const remote = sampler(
    'parentbased_jaeger_remote',
    'endpoint=http://h:5778/sampling?a=b,pollingIntervalMs=5000,initialSamplingRate=0.25',
  )
  assert.deepEqual(remote.sampler, {
    kind: 'jaeger_remote',
    isParentBased: true,
    url: 'http://h:5778/sampling?a=b',
    pollMs: 5000,
    initialShare: 0.25,
  })
  const wrong = sampler('jaeger_remote', 'endpoint=h:5778,pollingIntervalMs=soon')
  assert.deepEqual([wrong.problems.length, wrong.sampler.kind], [2, 'jaeger_remote'])
})

test('who sends, which headers, how much', () => {
  const read = readEnvironment({
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=a%20b',
    OTEL_PROPAGATORS: 'b3multi, baggage, tracecontext',
    OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: '10',
    OTEL_ATTRIBUTE_COUNT_LIMIT: '20',
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: '100',
    OTEL_SPAN_LINK_COUNT_LIMIT: '0',
  })
  assert.deepEqual(read.resource, { 'service.name': 'shop', team: 'a b' })
  assert.deepEqual(read.formats, ['b3multi', 'w3c'])
  assert.deepEqual(read.limits, { attributes: 10, attributeValueLength: 100, links: 0 })
  assert.deepEqual(read.problems, [])
})
