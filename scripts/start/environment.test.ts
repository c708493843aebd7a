import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleEnvironment } from './environment.ts'

const stop = () => Promise.resolve()
const addresses = new Map([
  ['ready', 'http://127.0.0.1:16686/'],
  ['otlp-http', 'http://127.0.0.1:4318'],
  ['zipkin', 'http://127.0.0.1:9411'],
  ['jaeger-http', 'http://127.0.0.1:14268'],
  ['jaeger-compact', 'udp://127.0.0.1:6831'],
])

test('an example learns where its brokers are, and where spans of every format go', () => {
  const kafka = { brokers: ['127.0.0.1:9092', '127.0.0.1:9093'], kind: 'local', stop } as const
  const rabbitmq = { url: 'amqp://guest:guest@127.0.0.1:5672', kind: 'local', stop } as const
  assert.deepEqual(exampleEnvironment({ kafka, rabbitmq }, addresses), {
    KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1:9093',
    AMQP_URL: 'amqp://guest:guest@127.0.0.1:5672',
    WAYBILL_URL: 'http://127.0.0.1:16686',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://127.0.0.1:9411/api/v2/spans',
    OTEL_EXPORTER_JAEGER_ENDPOINT: 'http://127.0.0.1:14268/api/traces',
    OTEL_EXPORTER_JAEGER_AGENT_HOST: '127.0.0.1',
    OTEL_EXPORTER_JAEGER_AGENT_PORT: '6831',
  })
})

test('what does not run is not named', () => {
  const environment = exampleEnvironment(
    { kafka: undefined, rabbitmq: undefined },
    new Map([['ready', 'http://127.0.0.1:16686']]),
  )
  assert.deepEqual(environment, { WAYBILL_URL: 'http://127.0.0.1:16686' })
})
