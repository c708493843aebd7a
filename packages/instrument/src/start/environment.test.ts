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
    url: 'http://localhost:4318/v1/traces',
    headers: {},
    exportDelayMs: 1000,
    maxQueuedSpans: 2048,
    maxBatchSpans: 512,
  })
})

test('the general endpoint is a base, that of the traces is used as it is', () => {
  const url = (variables: Record<string, string>) => readEnvironment(variables).url
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
  })
  assert.deepEqual(headers, { a: '2', b: 'x y', c: '%zz' })
})

test('an empty variable is none', () => {
  assert.deepEqual(
    readEnvironment({ OTEL_BSP_SCHEDULE_DELAY: '', OTEL_TRACES_EXPORTER: ' ' }),
    readEnvironment({}),
  )
})

test('a batch is no larger than the queue', () => {
  assert.equal(readEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: '511' }).maxBatchSpans, 511)
  assert.equal(readEnvironment({ OTEL_BSP_MAX_QUEUE_SIZE: '513' }).maxBatchSpans, 512)
})

test('every value that cannot be honoured is said', () => {
  const wrong = {
    OTEL_TRACES_EXPORTER: 'zipkin',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    OTEL_PROPAGATORS: 'b3',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
    OTEL_BSP_SCHEDULE_DELAY: '0',
    OTEL_BSP_MAX_QUEUE_SIZE: 'many',
  }
  const environment = readEnvironment(wrong)
  assert.equal(environment.problems.length, 6)
  assert.equal(environment.url, 'http://localhost:4318/v1/traces')
  assert.equal(environment.exportDelayMs, 1000)
  const fine = { OTEL_PROPAGATORS: 'tracecontext, baggage', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }
  assert.deepEqual(readEnvironment(fine).problems, [])
})
