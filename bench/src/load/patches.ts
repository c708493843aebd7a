import { seededRandom } from '../random.ts'

/**
 * Where the bytes of one OTLP request change from round to round: ids, times, Kafka offsets, orders. Encoding
 * millions of spans would cost more than the server's own work on them; overwriting a few bytes does not.
 *
 * All of an id changes, and times by more than the round's minute: rounds that share most bytes of their ids lie
 * side by side in a store that sorts, and would be compressed as no real traffic is.
 *
 * Field numbers: trace/v1/trace.proto and common/v1/common.proto of opentelemetry-proto.
 */
export interface Patches {
  /** Starts of trace ids, sixteen bytes each. */
  readonly traceIds: readonly number[]
  /** Starts of span ids, eight bytes each. */
  readonly spanIds: readonly number[]
  /** Starts of fixed64 times, each with the start of the id of its trace. */
  readonly times: readonly (readonly [at: number, traceId: number])[]
  /** Starts of the five-byte varints that hold Kafka offsets. */
  readonly offsets: readonly number[]
  /** Starts of the hex texts that name an order, twelve digits each. */
  readonly orders: readonly number[]
}

const offsetKey = Buffer.from('messaging.kafka.offset')
const orderKey = Buffer.from('order.id')

interface Field {
  readonly number: number
  readonly start: number
  readonly end: number
}

/** Walks a request made by this bench and notes the places to overwrite. */
export function findPatches(body: Buffer): Patches {
  const traceIds: number[] = []
  const spanIds: number[] = []
  const times: [at: number, traceId: number][] = []
  const offsets: number[] = []
  const orders: number[] = []
  for (const resourceSpans of fields(body, 0, body.length, 1))
    for (const scopeSpans of fields(body, resourceSpans.start, resourceSpans.end, 2))
      for (const span of fields(body, scopeSpans.start, scopeSpans.end, 2)) visitSpan(span)
  return { traceIds, spanIds, times, offsets, orders }

  function visitSpan(span: Field): void {
    const own = fields(body, span.start, span.end)
    const traceId = own.find(field => field.number === 1)?.start ?? 0
    for (const field of own) {
      if (field.number === 1) traceIds.push(field.start)
      else if (field.number === 2 || field.number === 4) visitSpanId(field)
      else if (field.number === 7 || field.number === 8) times.push([field.start, traceId])
      else if (field.number === 9) visitAttribute(field)
      else if (field.number === 11)
        for (const time of fields(body, field.start, field.end, 1)) times.push([time.start, traceId])
      else if (field.number === 13) visitLink(field)
    }
  }

  /** A root's parent is there and empty. */
  function visitSpanId(field: Field): void {
    if (field.end > field.start) spanIds.push(field.start)
  }

  function visitLink(link: Field): void {
    for (const field of fields(body, link.start, link.end)) {
      if (field.number === 1) traceIds.push(field.start)
      else if (field.number === 2) visitSpanId(field)
      else if (field.number === 4) visitAttribute(field)
    }
  }

  function visitAttribute(attribute: Field): void {
    const [key] = fields(body, attribute.start, attribute.end, 1)
    const [value] = fields(body, attribute.start, attribute.end, 2)
    if (key === undefined || value === undefined) return
    const name = body.subarray(key.start, key.end)
    if (name.equals(offsetKey))
      for (const int of fields(body, value.start, value.end, 3)) offsets.push(int.start)
    else if (name.equals(orderKey))
      for (const text of fields(body, value.start, value.end, 1)) orders.push(text.start)
  }
}

/** What ids and orders of a round are combined with by exclusive or; nothing changes in round 0. */
function keyOf(round: number): { readonly id: readonly number[]; readonly order: readonly number[] } {
  const { below } = seededRandom(round)
  const words = (count: number, limit: number): readonly number[] =>
    Array.from({ length: count }, () => (round === 0 ? 0 : below(limit)))
  return { id: words(4, 2 ** 32), order: words(3, 2 ** 16) }
}

/**
 * Overwrites a copy of the request for one round: ids and orders differ, times move, offsets go on.
 *
 * @param round 0 leaves ids and times as they were made; up to 65,535.
 * @param shiftNano nanoseconds to add to every time; in later rounds each trace begins up to a millisecond after that.
 * @param shiftOffset to add to every Kafka offset.
 */
export function patchRound(
  body: Buffer,
  patches: Patches,
  round: number,
  shiftNano: bigint,
  shiftOffset: number,
): Buffer {
  const copy = Buffer.from(body)
  const key = keyOf(round)
  for (const at of patches.traceIds) patchId(copy, at, key.id)
  for (const at of patches.spanIds) patchId(copy, at, key.id.slice(0, 2))
  for (const [at, traceId] of patches.times) {
    const laterNano = round === 0 ? 0 : copy.readUInt32LE(traceId) % 1_000_000
    copy.writeBigUInt64LE(copy.readBigUInt64LE(at) + shiftNano + BigInt(laterNano), at)
  }
  for (const at of patches.offsets) writeVarint5(copy, at, readVarint5(copy, at) + shiftOffset)
  for (const at of patches.orders) patchDigits(copy, at, key.order)
  return copy
}

/** The id that a trace of round 0 has in another round, in hex. */
export function traceIdIn(round: number, traceId: string): string {
  const bytes = Buffer.from(traceId, 'hex')
  patchId(bytes, 0, keyOf(round).id)
  return bytes.toString('hex')
}

function patchId(bytes: Buffer, at: number, key: readonly number[]): void {
  let place = at
  for (const word of key) place = bytes.writeUInt32LE((bytes.readUInt32LE(place) ^ word) >>> 0, place)
}

/** Four hex digits for each word of the key. */
function patchDigits(bytes: Buffer, at: number, key: readonly number[]): void {
  let place = at
  for (const word of key) {
    const digits = Number.parseInt(bytes.toString('latin1', place, place + 4), 16) ^ word
    bytes.write(digits.toString(16).padStart(4, '0'), place, 'latin1')
    place += 4
  }
}

function readVarint5(bytes: Buffer, at: number): number {
  let value = 0
  for (let i = 4; i >= 0; i--) value = value * 128 + ((bytes[at + i] ?? 0) & 0x7f)
  return value
}

function writeVarint5(bytes: Buffer, at: number, value: number): void {
  let rest = value
  for (let i = 0; i < 5; i++) {
    bytes[at + i] = (rest % 128) | (i < 4 ? 0x80 : 0)
    rest = Math.floor(rest / 128)
  }
}

/** The fields of the message between `start` and `end`, or those of one number. */
function fields(bytes: Buffer, start: number, end: number, only?: number): readonly Field[] {
  const found: Field[] = []
  let at = start
  const varint = (): number => {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }
  while (at < end) {
    const tag = varint()
    const wireType = tag & 7
    const number = Math.floor(tag / 8)
    const length = wireType === 2 ? varint() : wireType === 1 ? 8 : wireType === 5 ? 4 : 0
    const from = at
    if (wireType === 0) varint()
    else at += length
    if (only === undefined || only === number) found.push({ number, start: from, end: at })
  }
  return found
}
