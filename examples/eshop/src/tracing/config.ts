import type { InstrumentConfig } from '@waybill/instrument'

/*
 * How the services are traced: the configuration of @waybill/instrument (WAYBILL_INSTRUMENT_CONFIG), the same for
 * all of them. Two switches show what the article is about.
 *
 * ESHOP_MESSAGES=off  leaves Kafka's messages alone: what the consumer does is in a trace of its own.
 * ESHOP_VIEW=opentracing  names their spans as OpenTracing's instrumentation of Kafka did, and ties them by
 *   FOLLOWS_FROM, too, which is a link in OpenTelemetry.
 */
const { ESHOP_MESSAGES: messages = 'on', ESHOP_VIEW: view = 'conventions' } = process.env
const topic = process.env['ESHOP_TOPIC'] ?? 'eshop-topic'

const openTracing: InstrumentConfig['messages'] = {
  continue: 'both',
  rules: [
    { operation: 'send', name: `To_${topic}` },
    { operation: 'process', name: `From_${topic}` },
  ],
}

const operations = ['checkout', 'createOrder', 'payment', 'arrangeDelivery', 'sendEmail']

export const config: InstrumentConfig = {
  messages: messages === 'off' ? false : view === 'opentracing' ? openTracing : {},
  requests: { rules: operations.map(name => ({ path: `/${name}`, name, route: `/${name}` })) },
  calls: { rules: operations.map(name => ({ path: `/${name}`, route: `/${name}` })) },
}
