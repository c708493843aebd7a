import { z } from 'zod'
import { mostLoads } from './loads.ts'
import {
  ageOrOff,
  choice,
  count,
  list,
  port,
  share,
  size,
  sizeOrOff,
  span,
  text,
  textOrNone,
  toggle,
  waitMs,
} from './values.ts'

function receiver(number: number, what: string) {
  return z
    .strictObject({
      enabled: toggle(true).describe(`Take ${what}.`),
      port: port(number).describe(`Port of ${what}.`),
    })
    .prefault({})
}

/**
 * Every setting of the server: its name, its kind, its default and what it does. The file, the environment,
 * the flags, their help texts and the table in docs/configuration.md are made from this.
 */
export const configSchema = z.strictObject({
  data: text('.waybill').describe('Folder for everything that is kept: the store, the spool, quarantine.'),
  host: text('127.0.0.1').describe('Address to listen on; `0.0.0.0` for every interface.'),
  ports: choice(['default', 'free'], 'default').describe(
    'Ports that are not set: the `default` ones, or those that the system finds `free`, for a second server beside the first.',
  ),
  http: z
    .strictObject({
      port: port(16686).describe("Port of the web UI, the API and Jaeger's JSON API."),
      basePath: text('/').describe('Path below which all of that is served, for a proxy in front.'),
      maxClockSkew: span('0s').describe(
        "Hosts' clocks that are wrong by up to this much are put right in what Jaeger's API answers, with a warning on each span; at `0s` there is the warning alone.",
      ),
    })
    .prefault({}),
  queryGrpc: z
    .strictObject({
      enabled: toggle(true).describe("Answer Jaeger's query API over gRPC, api_v2 and api_v3."),
      port: port(16685).describe('Port of all of that.'),
    })
    .prefault({}),
  health: z
    .strictObject({
      port: port(14269).describe('Port of health at `/` and Prometheus metrics at `/metrics`.'),
    })
    .prefault({}),
  otlpGrpc: receiver(4317, 'OTLP over gRPC'),
  otlpHttp: receiver(4318, 'OTLP over HTTP'),
  jaegerHttp: receiver(14268, "Jaeger's thrift over HTTP"),
  jaegerGrpc: receiver(14250, "Jaeger's protobuf over gRPC"),
  jaegerCompact: receiver(6831, "Jaeger's compact thrift over UDP"),
  jaegerBinary: receiver(6832, "Jaeger's binary thrift over UDP"),
  jaegerZipkin: receiver(5775, "Zipkin's compact thrift over UDP, which the oldest of Jaeger's clients send"),
  zipkin: z
    .strictObject({
      enabled: toggle(true).describe("Take Zipkin's spans, over HTTP and gRPC, and answer Zipkin's API."),
      port: port(9411).describe('Port of all of that.'),
    })
    .prefault({}),
  kafka: z
    .strictObject({
      brokers: list([]).describe(
        'Brokers as `host:port`, from whose topics spans are read; without any, none are.',
      ),
      topics: list(['otlp_spans', 'jaeger-spans', 'zipkin']).describe(
        'Topics with spans, in whatever encoding; one that does not exist is waited for.',
      ),
      group: text('waybill').describe('Consumer group that remembers how far they have been read.'),
      tls: toggle(false).describe(
        'Speak TLS with the brokers. Certificates beyond the usual ones: `NODE_EXTRA_CA_CERTS`.',
      ),
      username: textOrNone().describe(
        'Name to log in with at the brokers (SASL); without it, there is no login.',
      ),
      password: textOrNone().describe('Password to that name; better in the environment than in a flag.'),
      mechanism: choice(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'], 'PLAIN').describe('How to log in.'),
    })
    .refine(({ brokers, topics }) => brokers.length === 0 || topics.length > 0, {
      path: ['topics'],
      message: 'must name a topic where there are brokers',
    })
    .prefault({}),
  receive: z
    .strictObject({
      maxBodyBytes: size('20MiB', '1KiB').describe('Largest request body, before and after decompression.'),
      maxSpanBytes: size('4MiB', '1KiB').describe(
        'Largest span; a larger one is refused alone, as a partial success.',
      ),
      udpBufferBytes: size('4MiB', '64KiB').describe(
        'What the system keeps of datagrams until they are read, for each UDP port; Linux grants no more than `net.core.rmem_max`.',
      ),
      corsOrigins: list(['http://localhost:*', 'http://127.0.0.1:*']).describe(
        'Origins whose pages may send spans; `*` stands for any text.',
      ),
    })
    .prefault({}),
  sampling: z
    .strictObject({
      http: receiver(5778, 'requests for sampling strategies over HTTP'),
      grpc: receiver(5779, 'requests for sampling strategies over gRPC'),
      file: textOrNone().describe(
        "Strategies in Jaeger's JSON format; without a file every service is told the probability below.",
      ),
      defaultProbability: share(1).describe(
        'Share of the traces that clients keep where the file says nothing, from 0 to 1.',
      ),
      reloadMs: waitMs(1_000, 0).describe('How often the file is looked at for changes; 0 for never.'),
    })
    .prefault({}),
  spool: z
    .strictObject({
      durability: choice(['write', 'fsync'], 'write').describe(
        'Answer a client when its bytes are `write`n to the file (safe when the process dies) or `fsync`ed to the disk (safe when the machine does).',
      ),
      maxBytes: size('1GiB', '1MiB').describe(
        'Spans waiting for the store, at most; above it clients are asked to come back later.',
      ),
      segmentBytes: size('32MiB', '64KiB').describe('A segment is loaded once it has this many bytes,'),
      segmentSpans: count(102_400, 1).describe('or this many spans,'),
      segmentAgeMs: waitMs(500, 1).describe(
        'or once its oldest span has waited this long and the store is idle and rested. A query does not wait for it.',
      ),
    })
    .prefault({}),
  store: z
    .strictObject({
      memory: size('1500MB', '750MB').describe(
        'Memory that the engine of the store may allocate: three tenths are for loads, half for queries, the rest for merges.',
      ),
      loads: count(0, 0, 8).describe(
        'Segments that are loaded at once, each by one core, which share the memory for loads: 670 MB of `store.memory` for each are the least. `0` for as many as that allows, up to half of the cores, four at most.',
      ),
    })
    .refine(({ memory, loads }) => loads <= mostLoads(memory), {
      path: ['loads'],
      message: 'must be fewer, or `store.memory` more: each load at once needs 670MB of it',
    })
    .prefault({}),
  retention: z
    .strictObject({
      traces: ageOrOff('14d').describe(
        'Spans, and what is found by them, are kept for this long, in whole days (UTC); `off` keeps them for ever.',
      ),
      rollups: ageOrOff('90d').describe('The same for what is counted by minute: rates, errors, durations.'),
      disk: sizeOrOff('off', '100MB').describe(
        'Bytes that the store may have on the disk; above it the oldest day goes, never the current one.',
      ),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: choice(['debug', 'info', 'warn', 'error'], 'info').describe('What is worth a log line.'),
      format: choice(['text', 'json'], 'text').describe('Form of a log line, on stderr.'),
    })
    .prefault({}),
})

export type Config = DeepReadonly<z.output<typeof configSchema>>

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly Item[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T
