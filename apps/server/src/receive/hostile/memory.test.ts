import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { ProtobufWriter } from '@waybill/wire/protobuf'
import type { Task } from './test-transcoder.ts'

/*
 * Bodies as large as the receivers take, made of the smallest parts that their formats have. An object for each of
 * them would be more than the process may have, and end it.
 */

const bodyBytes = 20 * 2 ** 20
const heapMb = 192

/** Runs in a thread with a small heap, which ends where that does not suffice. */
async function transcode(task: Task): Promise<string | number> {
  const worker = new Worker(new URL('test-transcoder.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: 16 },
  })
  const [outcome] = await once(worker, 'message')
  await worker.terminate()
  return outcome
}

const traceId = Buffer.from(`0a10${'11'.repeat(16)}`, 'hex')
const spanId = (tag: number) => Buffer.from([tag, 8, ...Array<number>(8).fill(2)])

/** A ListOfSpans or a Batch with one span: its ids, and a field without content again and again. */
function protobufSpan(ids: readonly Uint8Array[], emptyField: number, depth: 1 | 2): Buffer {
  const writer = new ProtobufWriter()
  const starts = Array.from({ length: depth }, () => writer.begin(0x0a))
  for (const id of ids) writer.append(id)
  const filling = Buffer.alloc(bodyBytes - 100)
  for (let i = 0; i < filling.length; i += 2) filling[i] = emptyField
  writer.append(filling)
  for (const start of starts.reverse()) writer.end(start)
  return Buffer.from(writer.finish())
}

/** The head of a list, and structs that end as they begin. */
function thriftStructs(before: readonly number[]): Buffer {
  const body = Buffer.alloc(bodyBytes)
  Buffer.from([...before, 0x0c]).copy(body)
  body.writeInt32BE(bodyBytes - before.length - 5, before.length + 1)
  return body
}

const jaegerIds = [traceId, spanId(0x12)]
const zipkinIds = [traceId, spanId(0x1a)]
const thriftSpan = [0x0a, 0, 1, ...Array<number>(8).fill(1), 0x0a, 0, 4, ...Array<number>(8).fill(2)]
const jsonItems = (before: string, item: string, after: string): Buffer =>
  Buffer.from(`${before}${`${item},`.repeat((bodyBytes - 200) / (item.length + 1))}${item}${after}`)
/** The bytes of one span. */
const aSpan = /^\d{2,3}$/
const jsonSpan = '[{"traceId":"1","id":"2",'

const bodies: readonly { readonly name: string; readonly task: Task; readonly outcome: RegExp }[] = [
  {
    name: 'Zipkin v1 thrift: empty spans',
    task: { codec: 'zipkinThriftToOtlp', body: thriftStructs([]) },
    outcome: /a span without a trace id/,
  },
  {
    name: 'Zipkin v1 thrift: empty annotations',
    // The list is the one span's field 6; the body is cut before its end.
    task: { codec: 'zipkinThriftToOtlp', body: thriftStructs([...thriftSpan, 0x0f, 0, 6]) },
    outcome: /1 bytes wanted, 0 left/,
  },
  {
    name: 'Zipkin v1 thrift: empty binary annotations',
    task: { codec: 'zipkinThriftToOtlp', body: thriftStructs([...thriftSpan, 0x0f, 0, 8]) },
    outcome: /1 bytes wanted, 0 left/,
  },
  {
    name: 'Zipkin v1 JSON: empty spans',
    task: { codec: 'zipkinV1JsonToOtlp', body: jsonItems('[', '{}', ']') },
    outcome: /a span without a trace id/,
  },
  {
    name: 'Zipkin v1 JSON: binary annotations without a value',
    task: {
      codec: 'zipkinV1JsonToOtlp',
      body: jsonItems(`${jsonSpan}"binaryAnnotations":[`, '{"key":""}', ']}]'),
    },
    outcome: aSpan,
  },
  {
    name: 'Zipkin v2 JSON: empty endpoints',
    task: { codec: 'zipkinJsonToOtlp', body: jsonItems(`${jsonSpan}`, '"localEndpoint":{}', '}]') },
    outcome: aSpan,
  },
  {
    name: 'Zipkin protobuf: empty endpoints',
    task: { codec: 'zipkinProtobufToOtlp', body: protobufSpan(zipkinIds, 0x42, 1) },
    outcome: aSpan,
  },
  {
    name: 'Jaeger protobuf: empty references',
    task: { codec: 'jaegerPostSpansToOtlp', body: protobufSpan(jaegerIds, 0x22, 2) },
    outcome: /a SpanRef without its ids/,
  },
  {
    name: 'Jaeger protobuf: empty processes',
    task: { codec: 'jaegerPostSpansToOtlp', body: protobufSpan(jaegerIds, 0x52, 2) },
    outcome: aSpan,
  },
  {
    name: 'Jaeger thrift: empty spans',
    task: {
      codec: 'jaegerThriftToOtlp',
      body: thriftStructs([0x0c, 0, 1, 0x0b, 0, 1, 0, 0, 0, 0, 0, 0x0f, 0, 2]),
    },
    outcome: /Span\.traceIdLow is missing/,
  },
]

for (const { name, task, outcome } of bodies)
  test(`${name}: 20 MiB of them need no more memory than their bytes`, async () => {
    const found = await transcode(task)
    assert.match(String(found), outcome)
  })
