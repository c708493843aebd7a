import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import test from 'node:test'
import { WaybillError } from '@waybill/model'
import { encodeTraces } from '@waybill/wire/otlp'
import { temporaryFolder, temporaryStore } from '../temporary-store.ts'

/*
 * Segments of 16 MB that mean far more columns than bytes: two bytes are an attribute or an event without
 * anything in it, fifty a resource of its own.
 */

const segmentBytes = 16_000_000
const spanBytes = 2_000_000
/** What the process may grow by: what a load may have (450 MB) and what the allocator keeps beside it. */
const mostGrowth = 900_000_000

/** Field numbers of a Span (opentelemetry/proto/trace/v1/trace.proto), all of wire type 2. */
const tags = { attributes: (9 << 3) | 2, events: (11 << 3) | 2, links: (13 << 3) | 2 } as const
const startNano = BigInt(Date.now()) * 1_000_000n

/** A request of one span with fields that are empty: a tag and the length 0, again and again. */
function crowdedSpan(tag: number, number: number): Uint8Array {
  const empty = Buffer.alloc(spanBytes)
  for (let at = 0; at < empty.length; at += 2) empty[at] = tag
  return Buffer.concat([requestOf(number, empty.length), empty])
}

/**
 * The head of a request: resource, scope and span, each of which ends where the request does.
 *
 * @param rest bytes of the span that follow.
 */
function requestOf(number: number, rest: number): Buffer {
  const own = spanOf(number)
  const span = Buffer.concat([Buffer.from([(2 << 3) | 2]), varint(own.length + rest), own])
  const scope = Buffer.concat([Buffer.from([(2 << 3) | 2]), varint(span.length + rest), span])
  return Buffer.concat([Buffer.from([(1 << 3) | 2]), varint(scope.length + rest), scope])
}

/** The bytes of a span: those of a whole request without the tags and lengths of what it lies in. */
function spanOf(number: number): Buffer {
  const request = Buffer.from(oneSpan(number))
  // Three times a tag and a length below 128.
  return request.subarray(6)
}

function oneSpan(number: number): Uint8Array {
  const span = {
    traceId: String(number + 1).padStart(32, '0'),
    spanId: String(number + 1).padStart(16, '0'),
    startTimeUnixNano: String(startNano),
    endTimeUnixNano: String(startNano),
  }
  return encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })
}

function varint(number: number): Buffer {
  const bytes: number[] = []
  let rest = number
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128)
  return Buffer.from([...bytes, rest])
}

const crowds: Readonly<Record<string, () => readonly Uint8Array[]>> = {
  'a million empty attributes a span': () => crowd(tags.attributes),
  'a million empty events a span': () => crowd(tags.events),
  'a resource for every span': () =>
    Array.from({ length: Math.floor(segmentBytes / 50) }, (_, number) => oneSpan(number)),
}

function crowd(tag: number): readonly Uint8Array[] {
  return Array.from({ length: segmentBytes / spanBytes }, (_, number) => crowdedSpan(tag, number))
}

for (const [name, bodies] of Object.entries(crowds))
  test(`a segment with ${name} loads or is refused within its memory, and the store goes on`, async t => {
    const store = await temporaryStore(t)
    const folder = await temporaryFolder(t)
    const path = join(folder, 'crowd.segment')
    const requests = bodies()
    await writeFile(path, Buffer.concat(requests))
    const peak = watchMemory(t)
    await store
      .load({ path, token: 'crowd', bytes: segmentBytes, spans: requests.length })
      .catch((error: unknown) => {
        assert.ok(error instanceof WaybillError && error.code === 'QUERY_TOO_LARGE', String(error))
      })
    assert.ok(peak() < mostGrowth, `grew by ${Math.round(peak() / 1e6)} MB`)
    const [row] = await store.query<{ readonly one: number }>('SELECT 1 AS one')
    assert.equal(row?.one, 1)
  })

/** @returns how many bytes the process has grown by at most, so far. */
function watchMemory(t: Pick<TestContext, 'after'>): () => number {
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 10)
  t.after(() => clearInterval(timer))
  return () => most - before
}
