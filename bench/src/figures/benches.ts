import type { Aim, Figure, Figures } from './figure.ts'

const milliseconds = (title: string, aim?: Aim, tolerance = 1.5): Figure => ({
  title: `${title}, ms`,
  better: 'less',
  digits: 1,
  isTime: true,
  tolerance,
  ...(aim === undefined ? {} : { aims: [aim] }),
})

/** The slowest of a hundred scatter: shown, not checked. */
const slowest = (title: string, aim?: Aim): Figure => {
  const { tolerance: _, ...rest } = milliseconds(title, aim)
  return rest
}

/** Both quantiles of one question. */
const question = (key: string, title: string, aimMs?: number): Figures => ({
  [`${key}P50`]: milliseconds(`${title} p50`, aimMs === undefined ? undefined : { atMost: aimMs }),
  [`${key}P99`]: slowest(`${title} p99`),
})

const ingest: Figures = {
  acceptedPerSecond: { title: 'accepted, spans/s', better: 'more', digits: 0, isTime: true },
  readablePerSecond: {
    title: 'readable, spans/s',
    better: 'more',
    digits: 0,
    isTime: true,
    tolerance: 1.3,
    aims: [
      { timesOf: 'Jaeger badger', atLeast: 8 },
      { timesOf: 'VictoriaTraces', atLeast: 1.5 },
      { timesOf: 'Jaeger memory', atLeast: 0.8 },
    ],
  },
  grpcShare: {
    title: 'readable over gRPC, share of HTTP',
    better: 'more',
    digits: 2,
    isTime: false,
    tolerance: 1.3,
    aims: [{ atLeast: 0.7 }],
  },
  cpuMicrosPerSpan: {
    title: 'CPU, µs a span',
    better: 'less',
    isTime: true,
    tolerance: 1.25,
    aims: [{ atMost: 12 }],
  },
  bytesPerSpan: {
    title: 'on disk, bytes a span',
    better: 'less',
    isTime: false,
    tolerance: 1.1,
    aims: [{ atMost: 95 }],
  },
  peakRssMegabytes: {
    title: 'peak RSS, MB',
    better: 'less',
    digits: 0,
    isTime: false,
    tolerance: 1.2,
    aims: [{ atMost: 650 }],
  },
  peakAnonymousMegabytes: {
    title: 'peak anonymous memory, MB',
    better: 'less',
    digits: 0,
    isTime: false,
    tolerance: 1.2,
    aims: [{ atMost: 400 }],
  },
  ...question('services', 'services', 3),
  ...question('byService', 'newest 20 of a service', 15),
  ...question('byId', 'trace by id', 15),
  ...question('byTag', 'one tag', 10),
}

const queries: Figures = {
  bytesPerSpan: { title: 'on disk, bytes a span', better: 'less', isTime: false, tolerance: 1.1 },
  cpuAt1M: { title: 'CPU at 1 M stored, µs a span', better: 'less', isTime: true, tolerance: 1.25 },
  cpuAtEnd: { title: 'CPU at the end of the fill, µs a span', better: 'less', isTime: true },
  growth: {
    title: 'CPU a span at the end of the fill, times of that at 1 M',
    better: 'less',
    digits: 2,
    isTime: false,
    tolerance: 1.2,
    aims: [{ atMost: 1.15 }],
  },
  restart: milliseconds('restart, ready', { atMost: 1500 }),
  ...question('services', 'services', 3),
  ...question('byService', 'newest 20 of a service'),
  ...question('byId', 'trace by id', 20),
  ...question('byOperation', 'service and operation, newest 20', 30),
  ...question('byServiceTag', 'service and a frequent attribute, newest 20', 50),
  ...question('byUniqueTag', 'an attribute of one trace, no service', 100),
  ...question('byFrequentTag', 'a frequent attribute, no service', 100),
  ...question('byAbsentTag', 'an attribute that nothing has, no service', 100),
  ...question('byTagAndDuration', 'service, attribute and duration', 120),
}

const messages: Figures = {
  bytesPerRow: { title: 'on disk, bytes a message row', better: 'less', isTime: false, tolerance: 1.1 },
  ...question('coordinates', 'a message by its coordinates', 20),
  ...question('unconsumed', 'never consumed, one topic, one hour', 30),
  ...question('waiting', 'quantiles of the wait, one topic, one day', 150),
}

const largeTrace: Figures = {
  firstByteP50: milliseconds('first byte p50', { atMost: 150 }),
  wholeP50: milliseconds('whole p50', { atMost: 1500 }),
  wholeWorst: slowest('whole, slowest'),
  jaegerWholeP50: milliseconds('whole in Jaeger’s form p50'),
  megabytes: { title: 'size of the answer, MB', better: 'less', isTime: false, tolerance: 1.1 },
}

const underLoad: Figures = {
  ingestPerSecond: {
    title: 'stored meanwhile, spans/s',
    better: 'more',
    digits: 0,
    isTime: true,
    tolerance: 1.4,
  },
  byIdP50: milliseconds('trace by id p50'),
  byIdP95: slowest('trace by id p95', { atMost: 150 }),
  byServiceP50: milliseconds('newest 20 of a service p50'),
  byServiceP95: slowest('newest 20 of a service p95', { atMost: 150 }),
  loopP99: slowest('delay of the event loop p99', { atMost: 10 }),
  loopWorst: slowest('delay of the event loop, worst'),
}

const start: Figures = {
  readyEmpty: milliseconds('ready, empty store p50', { atMost: 1500 }),
  readyFull: milliseconds('ready, filled store p50', { atMost: 1500 }),
  readyWorst: slowest('ready, slowest of all'),
  idleRssMegabytes: { title: 'idle RSS, MB', better: 'less', digits: 0, isTime: false, tolerance: 1.2 },
  idleAnonymousMegabytes: {
    title: 'of it anonymous, MB',
    better: 'less',
    digits: 0,
    isTime: false,
    tolerance: 1.25,
  },
  visibleP50: milliseconds('acknowledged to visible p50'),
  visibleWorst: slowest('acknowledged to visible, slowest', { atMost: 1000 }),
}

const perSecond = (title: string): Figure => ({
  title: `${title}, ms of CPU a second`,
  better: 'less',
  isTime: true,
  tolerance: 1.5,
})

const steady: Figures = {
  idle: perSecond('idle'),
  one: perSecond('1 span a second'),
  hundred: perSecond('100 spans/s in 10 requests'),
  fiveThousand: perSecond('5,120 spans/s in 10 requests'),
}

const perSpan = (title: string): Figure => ({
  title: `${title}, µs a span`,
  better: 'less',
  digits: 2,
  isTime: true,
  tolerance: 1.4,
})

const lostSpans = (title: string): Figure => ({
  title: `${title}, lost spans`,
  better: 'less',
  digits: 0,
  isTime: false,
  aims: [{ atMost: 0 }],
})

const udp: Figures = {
  lostFull: lostSpans('full datagrams'),
  cpuFull: { title: 'full datagrams, CPU, µs a span', better: 'less', isTime: true, tolerance: 1.4 },
  lostSingle: lostSpans('one span a datagram'),
  cpuSingle: { title: 'one span a datagram, CPU, µs a span', better: 'less', isTime: true, tolerance: 1.4 },
}

/** From a request's body to the spool. */
const taken = (title: string, aim?: Aim): Figure => ({
  ...perSpan(`${title}, taken, CPU`),
  ...(aim === undefined ? {} : { aims: [aim] }),
})
/** A hundred thousand spans a second on one core. */
const hundredThousand: Aim = { atMost: 10 }

const wire: Figures = {
  walk: perSpan('OTLP protobuf, walked'),
  json: perSpan('OTLP/JSON, parsed and encoded as protobuf'),
  thrift: perSpan('Jaeger thrift, 11 tags a span, encoded as protobuf and walked'),
  decode: perSpan('OTLP protobuf, made into objects'),
  otlp: taken('OTLP protobuf'),
  otlpJson: taken('OTLP/JSON'),
  jaegerThrift: taken('Jaeger thrift', hundredThousand),
  jaegerCompact: taken('Jaeger compact thrift'),
  jaegerProtobuf: taken('Jaeger protobuf'),
  zipkinJson: taken('Zipkin v2 JSON', hundredThousand),
  zipkinProtobuf: taken('Zipkin v2 protobuf'),
  zipkinJsonV1: taken('Zipkin v1 JSON'),
  zipkinThrift: taken('Zipkin v1 thrift'),
}

/** A question in Jaeger's APIs beside the native one. */
function inJaegersForm(key: string, title: string): Figures {
  const form = (api: string, name: string): Figures => ({
    [`${key}-${api}`]: milliseconds(`${title}, ${name} p50`),
    [`${key}-${api}-share`]: {
      title: `${title}, ${name}, times of native`,
      better: 'less',
      digits: 2,
      isTime: false,
      tolerance: 1.3,
      aims: [{ atMost: 1.3 }],
    },
  })
  return {
    [`${key}-native`]: milliseconds(`${title}, native p50`),
    ...form('legacy', 'legacy API'),
    ...form('v3', 'api_v3'),
    ...(key === 'search' ? form('summaries', 'api_v3 summaries') : {}),
  }
}

const jaegerApi: Figures = {
  ...inJaegersForm('search', 'newest 20 of a service'),
  ...inJaegersForm('trace', 'trace by id'),
  ...inJaegersForm('large', 'a trace of 50,000 spans'),
}

const second = 'OpenTelemetry 2'
const timesOfSecond = (atMost: number): Aim => ({ timesOf: second, atMost })

/** What tracing adds to a message, CPU. Minima are compared; medians show how much the machine scatters. */
const added = (title: string, aim?: Aim): Figure => ({
  title: `${title}, ns`,
  better: 'less',
  digits: 0,
  isTime: true,
  tolerance: 1.5,
  ...(aim === undefined ? {} : { aims: [aim] }),
})

/** One thing that is done with a message: on our tracer, on their SDK, and without being sampled. */
function traced(key: string, title: string, onOwn: Aim, onSdk: Aim): Figures {
  const { tolerance: _, ...median } = added(`${title}, median`)
  return {
    [key]: added(title, onOwn),
    [`${key}-median`]: median,
    [`${key}-sdk`]: added(`${title}, ours on their SDK`, onSdk),
    [`${key}-unsampled`]: {
      title: `${title}, unsampled, share of sampled`,
      better: 'less',
      digits: 2,
      isTime: false,
      tolerance: 1.5,
      aims: [{ atMost: 0.6 }],
    },
  }
}

/** On a client that a broker answers. */
const withBroker = (title: string, aim: Aim): Figure => ({
  title: `${title}, µs`,
  better: 'less',
  isTime: true,
  aims: [aim],
})

const instrument: Figures = {
  ...traced('send1', 'kafkajs send, 1 message', timesOfSecond(0.22), timesOfSecond(0.8)),
  ...traced('send100', 'kafkajs send, 100 messages, each', timesOfSecond(0.18), timesOfSecond(0.8)),
  ...traced('eachMessage', 'kafkajs eachMessage', timesOfSecond(0.35), timesOfSecond(1)),
  ...traced('eachBatch', 'kafkajs eachBatch, 100 messages, each', timesOfSecond(0.2), timesOfSecond(0.8)),
  ...traced('publish', 'amqplib publish', timesOfSecond(0.2), timesOfSecond(0.8)),
  ...traced('consumeAck', 'amqplib consume and ack', timesOfSecond(0.25), timesOfSecond(1)),
  consumeAckSettle: added('amqplib consume and ack, ours with a span for the ack'),
  ...traced(
    'ackRandom',
    'amqplib consume and ack, any of 10,000 unacknowledged',
    { atMost: 2500 },
    { atMost: 2500 },
  ),
  export: added('kafkajs send, 1 message, exported', timesOfSecond(0.4)),
  'export-sdk': added('kafkajs send, 1 message, exported, ours on their SDK'),
  brokerSend100: withBroker('Kafka, send, 100 messages, each', timesOfSecond(0.5)),
  brokerEachMessage: withBroker('Kafka, eachMessage', timesOfSecond(0.35)),
  brokerEachBatch: withBroker('Kafka, eachBatch', timesOfSecond(0.4)),
}

/** Every figure that is recorded and checked, by the bench that measures it. */
export const benches = {
  start,
  steady,
  ingest,
  queries,
  messages,
  'large-trace': largeTrace,
  'jaeger-api': jaegerApi,
  'under-load': underLoad,
  wire,
  udp,
  instrument,
} as const

export type BenchName = keyof typeof benches
