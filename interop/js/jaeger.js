// node jaeger.js FORMAT ENDPOINT SERVICE [SAMPLER]: one trace by jaeger-client, with or without a remote sampler.
import { once } from 'node:events'
import jaeger from 'jaeger-client'

const [format, endpoint, serviceName, samplerEndpoint] = process.argv.slice(2)
const { hostname, port } = new URL(endpoint)

const reporter =
  format === 'jaeger-thrift'
    ? { collectorEndpoint: `${endpoint}/api/traces` }
    : { agentHost: hostname, agentPort: Number(port) }
const sampler = { type: 'const', param: 1 }
const tracer = jaeger.initTracer(
  { serviceName, reporter, sampler: samplerEndpoint === undefined ? sampler : remoteSampler() },
  { tags: { 'service.version': '1.2.3' }, logger: { info: () => undefined, error: fail } },
)

function remoteSampler() {
  const { hostname: host, port: samplerPort } = new URL(samplerEndpoint)
  // Nothing is sampled until the server's answer has come.
  return { type: 'remote', host, port: Number(samplerPort), param: 0, refreshIntervalMs: 100 }
}

function fail(message) {
  console.error(message)
  process.exit(1)
}

async function sampledSpan(name, options) {
  const deadline = performance.now() + 10_000
  for (;;) {
    const span = tracer.startSpan(name, options)
    if (span.context().isSampled()) return span
    if (performance.now() > deadline) fail('the remote sampler samples nothing')
    await once(AbortSignal.timeout(50), 'abort')
  }
}

const request = await sampledSpan('POST /orders', {
  tags: {
    'span.kind': 'server',
    'order.id': 'ü-1',
    'order.items': 3,
    'order.total': 9.5,
    'order.gift': true,
  },
})
const publish = tracer.startSpan('publish orders', {
  childOf: request,
  tags: { 'span.kind': 'producer', 'message_bus.destination': 'orders' },
})
const consume = tracer.startSpan('process orders', {
  references: [jaeger.opentracing.followsFrom(publish.context())],
  tags: { 'span.kind': 'consumer' },
})
const charge = tracer.startSpan('charge card', { childOf: consume })
charge.setTag('error', true)
charge.log({ event: 'error', message: 'card declined' })
for (const span of [charge, consume, publish, request]) span.finish()

await new Promise(resolve => tracer.close(resolve))
console.log(`trace ${request.context().traceIdStr}`)
