import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jaegerAgentToOtlp, jaegerPostSpansToOtlp, jaegerThriftToOtlp } from '@waybill/wire/jaeger'
import { decodeTraces, encodeTracesJson, parseTracesJson, walkTraces } from '@waybill/wire/otlp'
import {
  jaegerCompact,
  jaegerProtobuf,
  jaegerThrift,
  kafkaSpans,
  otlpJson,
  otlpProtobuf,
  zipkinJson,
  zipkinJsonV1,
  zipkinProtobuf,
  zipkinThrift,
} from '@waybill/wire/samples'
import {
  zipkinJsonToOtlp,
  zipkinProtobufToOtlp,
  zipkinThriftToOtlp,
  zipkinV1JsonToOtlp,
} from '@waybill/wire/zipkin'
import { createAccept } from 'waybill/accept'
import { openSpool } from 'waybill/spool'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'

/*
 * A request of 512 spans with ten attributes each, by the CPU that one span takes: the codecs alone; then, for
 * every format, all of the way from a request's body to the spool, without the transport and without the engine.
 */

const spansPerRequest = 512
const spans = kafkaSpans(spansPerRequest)
const otlp = otlpProtobuf(spans)
const json = otlpJson(spans)
const thrift = jaegerThrift(spans)
const arrivedMicros = 1_763_640_000_000_000
const warmUpRequests = 100
const measuredRequests = 300
/** The best of so many rounds: others on the machine can only add. */
const rounds = 3

/** For each figure a body, and what makes OTLP of it. */
const formats: Readonly<Record<string, readonly [Uint8Array, (body: Uint8Array) => Uint8Array]>> = {
  otlp: [otlp, body => body],
  otlpJson: [json, body => encodeTracesJson(parseTracesJson(body))],
  jaegerThrift: [thrift, jaegerThriftToOtlp],
  jaegerCompact: [jaegerCompact(spans), body => jaegerAgentToOtlp(body, arrivedMicros)],
  jaegerProtobuf: [jaegerProtobuf(spans), jaegerPostSpansToOtlp],
  zipkinJson: [zipkinJson(spans), body => zipkinJsonToOtlp(body, arrivedMicros)],
  zipkinProtobuf: [zipkinProtobuf(spans), body => zipkinProtobufToOtlp(body, arrivedMicros)],
  zipkinJsonV1: [zipkinJsonV1(spans), body => zipkinV1JsonToOtlp(body, arrivedMicros)],
  zipkinThrift: [zipkinThrift(spans), body => zipkinThriftToOtlp(body, arrivedMicros)],
}

const finishRecord = startRecord('wire', {
  'spans a request': spansPerRequest,
  'bytes a span in OTLP': Math.round(otlp.length / spansPerRequest),
})
const codecs = {
  walk: await cpuMicrosPerSpan(() => walkTraces(otlp)),
  json: await cpuMicrosPerSpan(() => encodeTracesJson(parseTracesJson(json))),
  decode: await cpuMicrosPerSpan(() => decodeTraces(otlp)),
  thrift: await cpuMicrosPerSpan(() => walkTraces(jaegerThriftToOtlp(thrift))),
}
finishBench('wire', finishRecord(ownValues({ ...codecs, ...(await measureFormats()) })))

/** The same of each format until its spans are in the spool. */
async function measureFormats(): Promise<Readonly<Record<string, number>>> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-wire-'))
  const ignore = (): void => {}
  const spool = await openSpool({
    dir: join(folder, 'spool'),
    quarantineDir: join(folder, 'quarantine'),
    durability: 'write',
    maxBytes: 2 ** 30,
    segmentBytes: 32 * 2 ** 20,
    segmentSpans: 102_400,
    segmentAgeMs: 500,
    concurrentLoads: 1,
    observer: {
      stored: ignore,
      quarantined: ignore,
      retried: ignore,
      torn: ignore,
      recovered: ignore,
      leftBehind: ignore,
      unwritable: ignore,
    },
    // The engine is left out: a segment is full, and goes.
    load: async () => {},
  })
  const accept = createAccept({
    spool,
    counter: { accepted: ignore, rejected: ignore },
    maxSpanBytes: 4 * 2 ** 20,
  })
  try {
    const values: Record<string, number> = {}
    for (const [name, [body, transcode]] of Object.entries(formats))
      values[name] = await cpuMicrosPerSpan(() => accept(transcode(body)))
    return values
  } finally {
    await spool.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * CPU of the whole process, its collector of garbage included, microseconds a span. Not the time that passes: others
 * on the machine would be in it.
 */
async function cpuMicrosPerSpan(take: () => unknown): Promise<number> {
  const repeat = async (requests: number): Promise<void> => {
    for (let request = 0; request < requests; request++) await take()
  }
  await repeat(warmUpRequests)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    await repeat(measuredRequests)
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / measuredRequests / spansPerRequest)
  }
  return best
}
