const api = require('@opentelemetry/api')
const { Kafka, logLevel } = require('kafkajs')
const { W3CTraceContextPropagator } = require('opentelemetry-1-core')
const tracer = require('./tracing.cjs')('consumer')

const brokers = process.env.KAFKA_BROKERS.split(',')
const kafka = new Kafka({ clientId: 'example-consumer', brokers, logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: `${process.env.TOPIC}-group` })

function startChild(name, parentSpan) {
  return tracer.startSpan(name, undefined, api.trace.setSpan(api.context.active(), parentSpan))
}

function doWork(parentSpan, step) {
  const span = startChild(`doWork:${step}`, parentSpan)
  const end = performance.now() + 2 + Math.random() * 10
  while (performance.now() < end);
  if (step === 5) {
    span.recordException(new Error('doWork:5 error'))
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: 'Something wrong!' })
    span.addEvent('log', { 'log.severity': 'error', 'log.message': 'doWork:5 error' })
  }
  span.end()
}

function handleReport(parentSpan) {
  const span = startChild('handle_report', parentSpan)
  for (let step = 0; step < 10; step++) doWork(span, step)
  span.end()
}

async function main() {
  await consumer.connect()
  await consumer.subscribe({ topic: process.env.TOPIC, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      const carrier = JSON.parse(message.value)
      const propagator = new W3CTraceContextPropagator()
      const parent = propagator.extract(api.context.active(), carrier, api.defaultTextMapGetter)
      const span = tracer.startSpan('report_consumer', undefined, parent)
      handleReport(span)
      span.end()
    },
  })
  console.log('ready  consumer')
}
main()
