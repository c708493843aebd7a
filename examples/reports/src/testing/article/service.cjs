const http = require('node:http')
const api = require('@opentelemetry/api')
const { Kafka, logLevel } = require('kafkajs')
const { W3CTraceContextPropagator } = require('opentelemetry-1-core')
const tracer = require('./tracing.cjs')('service')

const brokers = process.env.KAFKA_BROKERS.split(',')
const producer = new Kafka({ clientId: 'example-producer', brokers, logLevel: logLevel.ERROR }).producer()

/** Orders a report: a carrier of the span's context is the whole value of the message. */
async function order(requestSpan) {
  const parent = api.trace.setSpan(api.context.active(), requestSpan)
  const span = tracer.startSpan('report_producer', undefined, parent)
  const carrier = {}
  const context = api.trace.setSpanContext(api.context.active(), span.spanContext())
  new W3CTraceContextPropagator().inject(context, carrier, api.defaultTextMapSetter)
  await producer.connect()
  await producer.send({
    topic: process.env.TOPIC,
    messages: [{ key: 'report', value: JSON.stringify(carrier) }],
  })
  span.end()
}

const server = http.createServer(async (request, response) => {
  if (request.url !== '/api/report') return response.writeHead(404).end()
  const span = tracer.startSpan('report_request')
  await order(span)
  span.end()
  response.end()
})
server.listen(0, '127.0.0.1', () => console.log(`ready  http://127.0.0.1:${server.address().port}`))
