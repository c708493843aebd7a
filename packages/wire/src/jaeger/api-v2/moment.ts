import type { FieldReader } from '../../protobuf/field-reader.ts'
import { badProtobuf } from '../../protobuf/field-reader.ts'
import { wireTypes } from '../../protobuf/schema.ts'
import type { ProtobufWriter } from '../../protobuf/writer.ts'

/** A Timestamp or a Duration. */
export interface Moment {
  seconds: number
  nanos: number
}

const two20 = 2 ** 20
const two32 = 2 ** 32
const nanosPerSecond = 1e9

export function newMoment(): Moment {
  return { seconds: 0, nanos: 0 }
}

/**
 * Reads what the field at hand holds into `moment` (google/protobuf/timestamp.proto, duration.proto):
 *
 *     message Timestamp { int64 seconds = 1; int32 nanos = 2; }
 *     message Duration { int64 seconds = 1; int32 nanos = 2; }
 */
export function readMoment(reader: FieldReader, moment: Moment, name: string): void {
  const end = reader.enter(name)
  moment.seconds = moment.nanos = 0
  while (reader.next(end)) {
    if (reader.fieldId === 1) {
      reader.expect(wireTypes.varint, `${name}.seconds`)
      moment.seconds = reader.high * two32 + (reader.low >>> 0)
    } else if (reader.fieldId === 2) {
      reader.expect(wireTypes.varint, `${name}.nanos`)
      moment.nanos = reader.low
    }
  }
}

/**
 * Writes `moment` plus `added` as a fixed64 field of nanoseconds since 1970, exactly.
 *
 * @throws WaybillError BAD_PROTOBUF where the sum lies before 1970 or after 2554, where 64 bits of
 * nanoseconds end.
 */
export function writeMoment(
  writer: ProtobufWriter,
  fieldTag: number,
  moment: Moment,
  added: Moment,
  position: number,
): void {
  const allNanos = moment.nanos + added.nanos
  const carried = Math.floor(allNanos / nanosPerSecond)
  const nanos = allNanos - carried * nanosPerSecond
  const seconds = moment.seconds + added.seconds + carried
  // Every product here stays below 2^53: seconds have 35 bits, of which 20 are multiplied at a time.
  if (seconds < 0 || seconds >= 2 ** 35) throw outside(position)
  const upper = Math.floor(seconds / two20) * nanosPerSecond
  const lower = (upper % 4096) * two20 + (seconds % two20) * nanosPerSecond + nanos
  const high = Math.floor(upper / 4096) + Math.floor(lower / two32)
  if (high >= two32) throw outside(position)
  writer.fixed64Halves(fieldTag, high | 0, (lower % two32) | 0)
}

function outside(position: number): Error {
  return badProtobuf('a time before 1970 or after 2554', position)
}
