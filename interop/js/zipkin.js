// node zipkin.js FORMAT ENDPOINT SERVICE: one trace by zipkin-js, in which an RPC's two halves share an id.
import zipkin from 'zipkin'
import transport from 'zipkin-transport-http'

const { Annotation, BatchRecorder, ExplicitContext, InetAddress, jsonEncoder, option, Tracer, TraceId } =
  zipkin
const [format, endpoint, service] = process.argv.slice(2)

const formats = {
  'zipkin-v1-json': { path: '/api/v1/spans', jsonEncoder: jsonEncoder.JSON_V1 },
  'zipkin-v2': { path: '/api/v2/spans', jsonEncoder: jsonEncoder.JSON_V2 },
}
const { path, jsonEncoder: encoder } = formats[format]
const logger = new transport.HttpLogger({
  endpoint: `${endpoint}${path}`,
  jsonEncoder: encoder,
  httpInterval: 50,
})
logger.on('error', error => {
  console.error(error)
  process.exit(1)
})
const sent = new Promise(resolve => logger.once('success', resolve))
const recorder = new BatchRecorder({ logger })
const ctxImpl = new ExplicitContext()
const shop = new Tracer({ ctxImpl, recorder, localServiceName: service, traceId128Bit: true })
const bank = new Tracer({ ctxImpl, recorder, localServiceName: `${service}-bank` })

function record(tracer, id, annotations) {
  tracer.scoped(() => {
    tracer.setId(id)
    for (const annotation of annotations) tracer.recordAnnotation(annotation)
  })
}

const peer = new Annotation.ServerAddr({
  serviceName: `${service}-bank`,
  host: new InetAddress('10.1.2.3'),
  port: 8443,
})
const request = shop.createRootId()
const publish = shop.scoped(() => shop.letId(request, () => shop.createChildId()))
const consume = shop.letId(publish, () => shop.createChildId())
const charge = shop.letId(consume, () => shop.createChildId())
// The server's half has the client's id.
const joined = bank.join(
  new TraceId({
    traceId: charge.traceId,
    parentId: new option.Some(charge.parentId),
    spanId: charge.spanId,
    sampled: new option.Some(true),
  }),
)

record(shop, request, [
  new Annotation.ServiceName(service),
  new Annotation.Rpc('POST /orders'),
  new Annotation.ServerRecv(),
  new Annotation.BinaryAnnotation('order.id', 'ü-1'),
])
record(shop, publish, [
  new Annotation.ServiceName(service),
  new Annotation.Rpc('publish orders'),
  new Annotation.ProducerStart(),
  new Annotation.ProducerStop(),
])
record(shop, consume, [
  new Annotation.ServiceName(service),
  new Annotation.Rpc('process orders'),
  new Annotation.ConsumerStart(),
  new Annotation.ConsumerStop(),
])
record(shop, charge, [
  new Annotation.ServiceName(service),
  new Annotation.Rpc('charge card'),
  new Annotation.ClientSend(),
  peer,
])
record(bank, joined, [
  new Annotation.ServiceName(`${service}-bank`),
  new Annotation.Rpc('charge card'),
  new Annotation.ServerRecv(),
  new Annotation.BinaryAnnotation('error', 'card declined'),
  new Annotation.ServerSend(),
])
record(shop, charge, [new Annotation.ClientRecv()])
record(shop, request, [new Annotation.ServerSend()])

// The logger's own timer keeps no program alive.
const alive = setInterval(() => undefined, 50)
await sent
clearInterval(alive)
console.log(`trace ${request.traceId}`)
