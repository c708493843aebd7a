import { createSocket } from 'node:dgram'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, credentials, status } from '@grpc/grpc-js'
import type { SampleSpan } from '@waybill/wire/samples'
import {
  jaegerBinary,
  jaegerCompact,
  jaegerProtobuf,
  jaegerSpanJson,
  jaegerSpanProtobuf,
  jaegerThrift,
  otlpJson,
  otlpProtobuf,
  zipkinJson,
  zipkinJsonV1,
  zipkinProtobuf,
  zipkinThrift,
} from '@waybill/wire/samples'
import type { FastifyInstance } from 'fastify'
import type { CollectingDoor } from '../../accept/collecting-door.ts'
import { openCollectingDoor } from '../../accept/collecting-door.ts'
import type { Listening } from '../../listen.ts'
import { createLog } from '../../log.ts'
import { startZipkinPort } from '../../zipkin-port.ts'
import { startJaegerGrpc } from '../jaeger-grpc.ts'
import { startJaegerHttp } from '../jaeger-http.ts'
import { startJaegerUdp } from '../jaeger-udp.ts'
import { recordQuarantine } from '../kafka/quarantine.ts'
import { takeRecordsWith } from '../kafka/records.ts'
import { startOtlpGrpc } from '../otlp-grpc.ts'
import { startOtlpHttp } from '../otlp-http.ts'
import { Datagrams } from '../udp/datagrams.ts'
import { zipkinGrpc } from '../zipkin-grpc.ts'
import { zipkinReceiver } from '../zipkin-http.ts'

/** What a sender is told. */
export interface Answer {
  /** Such as `202`, `400 text/plain`, `INVALID_ARGUMENT`, `bad_thrift`. */
  readonly outcome: string
  /** The text that says what was wrong; empty for what was taken. */
  readonly reason: string
}

export interface Sender {
  readonly door: CollectingDoor
  send(body: Uint8Array): Promise<Answer>
}

/** A way into Waybill: a receiver and one of the formats it takes. */
export interface Way {
  readonly name: string
  readonly format: 'json' | 'protobuf' | 'thrift'
  /** Many spans in one body; of a format that has one alone, the first. */
  readonly encode: (spans: readonly SampleSpan[]) => Uint8Array
  /** The outcome of a body that is taken, and of one that is not in the format. */
  readonly taken: string
  readonly refused: string
  /** Whether the sender is told the reason. */
  readonly tells: boolean
  open(t: TestContext): Promise<Sender>
}

type Open = (door: CollectingDoor, defer: (end: () => unknown) => void) => Promise<Sender['send']>

const log = createLog({ level: 'error', format: 'text' }, { write: () => {} })
/** The largest body here; hostile ones are small, which is the point. */
const maxBodyBytes = 1e6

function options(door: CollectingDoor) {
  const { accept, counter } = door
  const named = { name: 'hostile', purpose: 'hostile input', setting: 'hostile.port' }
  return { ...named, accept, counter, log, maxBodyBytes, host: '127.0.0.1', port: 0, corsOrigins: [] }
}

function opens(open: Open): Way['open'] {
  return async t => {
    const ends: (() => unknown)[] = []
    const door = await openCollectingDoor()
    t.after(async () => {
      for (const end of ends.reverse()) await end()
      await door.close()
    })
    return { door, send: await open(door, end => ends.push(end)) }
  }
}

function http(start: (door: CollectingDoor) => Promise<Listening>, path: string, type: string): Way['open'] {
  return opens(async (door, defer) => {
    const receiver = await start(door)
    defer(receiver.close)
    return async body => {
      const headers = { 'content-type': type }
      const response = await fetch(receiver.url + path, { method: 'POST', headers, body: Buffer.from(body) })
      const reason = Buffer.from(await response.arrayBuffer()).toString()
      const kind = response.headers.get('content-type')?.split(';')[0]
      return response.ok
        ? { outcome: String(response.status), reason: '' }
        : { outcome: `${response.status} ${kind}`, reason }
    }
  })
}

function grpc(start: (door: CollectingDoor) => Promise<Listening>, path: string): Way['open'] {
  return opens(async (door, defer) => {
    const receiver = await start(door)
    defer(receiver.close)
    const client = new Client(receiver.url.slice('http://'.length), credentials.createInsecure())
    defer(() => client.close())
    const bytes = (body: Uint8Array): Buffer => Buffer.from(body)
    return body =>
      new Promise(resolve => {
        client.makeUnaryRequest(path, bytes, bytes, body, error =>
          resolve(
            error === null
              ? { outcome: 'OK', reason: '' }
              : { outcome: status[error.code] ?? '', reason: error.details },
          ),
        )
      })
  })
}

/** Of a datagram the sender is told nothing: the counters are. */
const udp = opens(async (door, defer) => {
  const receiver = await startJaegerUdp({
    ...options(door),
    datagrams: new Datagrams(),
    udpBufferBytes: 1 << 20,
  })
  const socket = createSocket('udp4')
  defer(receiver.close)
  defer(() => socket.close())
  return async body => {
    const before = await door.counts()
    socket.send(body, Number(new URL(receiver.url).port), '127.0.0.1')
    for (;;) {
      const after = await door.counts()
      const grown = Object.keys(after).find(
        key => key.startsWith('requests ') && after[key] !== (before[key] ?? 0),
      )
      if (grown !== undefined)
        return { outcome: grown.slice('requests '.length), reason: grown.includes('accepted') ? '' : grown }
      await delay(1)
    }
  }
})

/** What becomes of a record, without the broker that would bring it. */
const record = opens(async (door, defer) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-hostile-'))
  defer(() => rmSync(folder, { recursive: true, force: true }))
  const take = takeRecordsWith({ ...options(door), quarantine: recordQuarantine(folder, log) })
  let offset = 0n
  return async value => {
    const timestamp = 1_763_640_000_000n
    await take([{ topic: 't', partition: 0, offset, timestamp, value }], new AbortController().signal)
    const reason = readdirSync(folder).find(name => name.endsWith(`-${offset}.reason`))
    offset++
    if (reason === undefined) return { outcome: 'accepted', reason: '' }
    return { outcome: 'quarantine', reason: readFileSync(join(folder, reason), 'utf8') }
  }
})

const otlpPort = (door: CollectingDoor): Promise<Listening> => startOtlpHttp(options(door))
const jaegerHttpPort = (door: CollectingDoor): Promise<Listening> => startJaegerHttp(options(door))
const zipkinPort = (door: CollectingDoor): Promise<Listening> =>
  startZipkinPort({
    ...options(door),
    plugins: [(app: FastifyInstance) => zipkinReceiver(app, options(door))],
    http2: zipkinGrpc(options(door)),
  })
const jaegerPort = (door: CollectingDoor): Promise<Listening> =>
  startJaegerGrpc({ ...options(door), collectorServices: [] })

/** A request of any type to any path of the ports that speak HTTP. */
export const httpDoors = {
  otlp: (path: string, type: string) => http(otlpPort, path, type),
  jaeger: (path: string, type: string) => http(jaegerHttpPort, path, type),
  zipkin: (path: string, type: string) => http(zipkinPort, path, type),
} as const

const alone = (encode: (span: SampleSpan) => Uint8Array) => (spans: readonly SampleSpan[]) =>
  encode(spans[0] as SampleSpan)

const invalid = 'INVALID_ARGUMENT'
const plain = '400 text/plain'

/** Every way, under the name that tests and docs/receivers.md give it. */
export const ways: readonly Way[] = [
  {
    name: 'OTLP/HTTP, protobuf',
    format: 'protobuf',
    encode: otlpProtobuf,
    taken: '200',
    refused: '400 application/x-protobuf',
    tells: true,
    open: http(otlpPort, '/v1/traces', 'application/x-protobuf'),
  },
  {
    name: 'OTLP/HTTP, JSON',
    format: 'json',
    encode: otlpJson,
    taken: '200',
    refused: '400 application/json',
    tells: true,
    open: http(otlpPort, '/v1/traces', 'application/json'),
  },
  {
    name: 'OTLP/gRPC',
    format: 'protobuf',
    encode: otlpProtobuf,
    taken: 'OK',
    refused: invalid,
    tells: true,
    open: grpc(
      door => startOtlpGrpc(options(door)),
      '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    ),
  },
  {
    name: 'Jaeger, thrift over HTTP',
    format: 'thrift',
    encode: jaegerThrift,
    taken: '202',
    refused: plain,
    tells: true,
    open: http(jaegerHttpPort, '/api/traces', 'application/x-thrift'),
  },
  {
    name: 'Jaeger, gRPC',
    format: 'protobuf',
    encode: jaegerProtobuf,
    taken: 'OK',
    refused: invalid,
    tells: true,
    open: grpc(jaegerPort, '/jaeger.api_v2.CollectorService/PostSpans'),
  },
  {
    name: 'Jaeger, compact thrift over UDP',
    format: 'thrift',
    encode: jaegerCompact,
    taken: 'accepted',
    refused: 'bad_thrift',
    tells: false,
    open: udp,
  },
  {
    name: 'Jaeger, binary thrift over UDP',
    format: 'thrift',
    encode: jaegerBinary,
    taken: 'accepted',
    refused: 'bad_thrift',
    tells: false,
    open: udp,
  },
  {
    name: 'Zipkin v2, JSON',
    format: 'json',
    encode: zipkinJson,
    taken: '202',
    refused: plain,
    tells: true,
    open: http(zipkinPort, '/api/v2/spans', 'application/json'),
  },
  {
    name: 'Zipkin v2, protobuf',
    format: 'protobuf',
    encode: zipkinProtobuf,
    taken: '202',
    refused: plain,
    tells: true,
    open: http(zipkinPort, '/api/v2/spans', 'application/x-protobuf'),
  },
  {
    name: 'Zipkin, gRPC',
    format: 'protobuf',
    encode: zipkinProtobuf,
    taken: 'OK',
    refused: invalid,
    tells: true,
    open: grpc(zipkinPort, '/zipkin.proto3.SpanService/Report'),
  },
  {
    name: 'Zipkin v1, JSON',
    format: 'json',
    encode: zipkinJsonV1,
    taken: '202',
    refused: plain,
    tells: true,
    open: http(zipkinPort, '/api/v1/spans', 'application/json'),
  },
  {
    name: 'Zipkin v1, thrift',
    format: 'thrift',
    encode: zipkinThrift,
    taken: '202',
    refused: plain,
    tells: true,
    open: http(zipkinPort, '/api/v1/spans', 'application/x-thrift'),
  },
  ...(
    [
      ['OTLP protobuf', 'protobuf', otlpProtobuf],
      ['OTLP JSON', 'json', otlpJson],
      ['Jaeger protobuf', 'protobuf', alone(jaegerSpanProtobuf)],
      ['Jaeger JSON', 'json', alone(jaegerSpanJson)],
      ['Jaeger thrift', 'thrift', jaegerThrift],
      ['Zipkin JSON v2', 'json', zipkinJson],
      ['Zipkin JSON v1', 'json', zipkinJsonV1],
      ['Zipkin protobuf', 'protobuf', zipkinProtobuf],
      ['Zipkin thrift', 'thrift', zipkinThrift],
    ] as const
  ).map(([name, format, encode]) => ({
    name: `Kafka, ${name}`,
    format,
    encode,
    taken: 'accepted',
    refused: 'quarantine',
    tells: true,
    open: record,
  })),
]
