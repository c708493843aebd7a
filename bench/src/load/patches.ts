/**
 * Where the bytes of one OTLP request change from round to round: ids, times, Kafka offsets, orders. Encoding
 * millions of spans would cost more than the server's own work on them; overwriting a few bytes does not.
 *
 * Field numbers: trace/v1/trace.proto and common/v1/common.proto of opentelemetry-proto.
 */
export interface Patches {
  /** Starts of trace and span ids; the first four bytes are changed. */
  readonly ids: readonly number[]
  /** Starts of fixed64 times. */
  readonly times: readonly number[]
  /** Starts of the five-byte varints that hold Kafka offsets. */
  readonly offsets: readonly number[]
  /** Starts of the hex texts that name an order; the first four digits are changed. */
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
  const ids: number[] = []
  const times: number[] = []
  const offsets: number[] = []
  const orders: number[] = []
  for (const resourceSpans of fields(body, 0, body.length, 1))
    for (const scopeSpans of fields(body, resourceSpans.start, resourceSpans.end, 2))
      for (const span of fields(body, scopeSpans.start, scopeSpans.end, 2)) visitSpan(span)
  return { ids, times, offsets, orders }

  function visitSpan(span: Field): void {
    for (const field of fields(body, span.start, span.end)) {
      if (field.number === 1 || field.number === 2 || field.number === 4) {
        if (field.end > field.start) ids.push(field.start)
      } else if (field.number === 7 || field.number === 8) times.push(field.start)
      else if (field.number === 9) visitAttribute(field)
      else if (field.number === 11)
        for (const time of fields(body, field.start, field.end, 1)) times.push(time.start)
      else if (field.number === 13) visitLink(field)
    }
  }

  function visitLink(link: Field): void {
    for (const field of fields(body, link.start, link.end)) {
      if (field.number === 1 || field.number === 2) ids.push(field.start)
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

/**
 * Overwrites a copy of the request for one round: ids and orders differ, times move, offsets go on.
 *
 * @param round 0 leaves the ids as they were made; up to 65,535.
 * @param shiftNano nanoseconds to add to every time.
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
  for (const at of patches.ids) copy.writeUInt32LE((copy.readUInt32LE(at) ^ round) >>> 0, at)
  for (const at of patches.times) copy.writeBigUInt64LE(copy.readBigUInt64LE(at) + shiftNano, at)
  for (const at of patches.offsets) writeVarint5(copy, at, readVarint5(copy, at) + shiftOffset)
  if (round !== 0)
    for (const at of patches.orders) {
      const digits = Number.parseInt(copy.toString('latin1', at, at + 4), 16) ^ round
      copy.write(digits.toString(16).padStart(4, '0'), at, 'latin1')
    }
  return copy
}

/** The id that a trace of round 0 has in another round, in hex. */
export function traceIdIn(round: number, traceId: string): string {
  const bytes = Buffer.from(traceId, 'hex')
  bytes.writeUInt32LE((bytes.readUInt32LE(0) ^ round) >>> 0, 0)
  return bytes.toString('hex')
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
