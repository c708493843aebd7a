import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TraceResponse } from '@waybill/api'
import { attributesOf, outline, spanNamed } from '@waybill/example-testing/traces'
import type { RunningEshop } from './start.ts'
import { wholeTrace } from './testing/expected.ts'
import type { Ground, Switches } from './testing/shop.ts'
import { checkOut, prepareGround, startShop } from './testing/shop.ts'

let ground: Ground
before(async () => {
  ground = await prepareGround()
})
after(() => ground?.stop())

/** Runs the shop with some switches, and ends it. */
async function withShop<Result>(
  switches: Switches,
  use: (shop: RunningEshop) => Promise<Result>,
): Promise<Result> {
  const shop = await startShop(ground, switches)
  try {
    return await use(shop)
  } finally {
    await shop.stop()
  }
}

test("the article's problem: with messages untraced, the request after the consumer is in another trace", async () => {
  const [checkout, mail] = await withShop({ messages: 'off' }, async shop => {
    const { httpStatus, traceId } = await checkOut(shop)
    assert.equal(httpStatus, 200)
    const ofCheckout = await ground.waybill.trace(traceId, 10)
    const [mailId = ''] = await ground.waybill.find('service:kafka-consumer', 1)
    return [ofCheckout, await ground.waybill.trace(mailId, 2)]
  })
  const inTrace = wholeTrace().slice(0, 10)
  assert.deepEqual(outline(checkout), inTrace)
  assert.deepEqual(checkout.messages, [])
  assert.deepEqual(outline(mail), ['kafka-consumer POST /sendEmail', '  notification sendEmail'])
  assert.notEqual(mail.trace.traceId, checkout.trace.traceId)
})

test("reported by Zipkin alone, it is the same trace, in Zipkin's lower case", async () => {
  const answer = await withShop({ report: 'zipkin' }, async shop => {
    const { traceId } = await checkOut(shop)
    return ground.waybill.trace(traceId, wholeTrace().length)
  })
  assert.deepEqual(
    outline(answer),
    wholeTrace().map(line => line.toLowerCase()),
  )
  assert.deepEqual(
    answer.messages.map(({ tie, facts }) => [tie, facts.destination, facts.consumerGroup]),
    [['parent', 'eshop-topic', 'eshop-demo-app']],
  )
  // What OTLP would have told of each process.
  for (const resource of answer.trace.resources)
    assert.equal(attributesOf(resource)['telemetry.sdk.name'], undefined)
})

test("OpenTracing's view: To_ and From_ eshop-topic, tied by FOLLOWS_FROM", async () => {
  const { answer, jaeger } = await withShop({ view: 'opentracing' }, async shop => {
    const { traceId } = await checkOut(shop)
    const answer = await ground.waybill.trace(traceId, wholeTrace().length)
    return { answer, jaeger: await ground.waybill.answer<JaegerAnswer>(`/api/traces/${traceId}`, () => true) }
  })
  assert.deepEqual(outline(answer), wholeTrace('To_eshop-topic', 'From_eshop-topic'))
  const [sent, processed] = [spanNamed(answer, 'To_eshop-topic'), spanNamed(answer, 'From_eshop-topic')]
  assert.deepEqual(followed(answer, processed.spanId), [sent.spanId])
  const shown = jaeger.data[0]?.spans.find(({ spanID }) => spanID === processed.spanId)
  assert.deepEqual(
    shown?.references.map(({ refType, spanID }) => [refType, spanID]),
    [
      ['CHILD_OF', sent.spanId],
      ['FOLLOWS_FROM', sent.spanId],
    ],
  )
})

interface JaegerAnswer {
  readonly data: readonly {
    readonly spans: readonly {
      readonly spanID: string
      readonly references: readonly { readonly refType: string; readonly spanID: string }[]
    }[]
  }[]
}

/** Spans that a span links to. */
function followed({ trace }: TraceResponse, spanId: string): readonly string[] {
  return trace.spans.find(span => span.spanId === spanId)?.links.map(link => link.spanId) ?? []
}
