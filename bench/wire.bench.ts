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
import { bench, do_not_optimize, run } from 'mitata'
import type { Accept } from 'waybill/accept'
import { createAccept } from 'waybill/accept'
import { openSpool } from 'waybill/spool'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'

/*
 * A request of 512 spans with ten attributes each, by the time that one span takes: the codecs alone; then, for
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
const codecs = await measureCodecs({
  walk: () => walkTraces(otlp),
  json: () => encodeTracesJson(parseTracesJson(json)),
  decode: () => decodeTraces(otlp),
  thrift: () => walkTraces(jaegerThriftToOtlp(thrift)),
})
finishBench('wire', finishRecord(ownValues({ ...codecs, ...(await measureFormats()) })))

/** Microseconds a span, by the median of many runs. */
async function measureCodecs(
  functions: Readonly<Record<string, () => unknown>>,
): Promise<Readonly<Record<string, number>>> {
  for (const [name, codec] of Object.entries(functions)) bench(name, () => do_not_optimize(codec()))
  const { benchmarks } = await run({ format: 'quiet' })
  return Object.fromEntries(
    benchmarks.map(({ alias, runs }) => [
      alias,
      (runs[0]?.stats?.p50 ?? Number.NaN) / spansPerRequest / 1000,
    ]),
  )
}

/** CPU of the whole process, microseconds a span, of each format until its spans are in the spool. */
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
      values[name] = await cpuMicrosPerSpan(accept, () => transcode(body))
    return values
  } finally {
    await spool.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function cpuMicrosPerSpan(accept: Accept, transcode: () => Uint8Array): Promise<number> {
  const send = async (requests: number): Promise<void> => {
    for (let request = 0; request < requests; request++) await accept(transcode())
  }
  await send(warmUpRequests)
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    await send(measuredRequests)
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / measuredRequests / spansPerRequest)
  }
  return best
}
