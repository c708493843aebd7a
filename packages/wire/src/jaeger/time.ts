import type { ProtobufWriter } from '../protobuf/writer.ts'
import { badThrift } from '../thrift/reader.ts'
import type { Int64 } from './references.ts'

const two32 = 2 ** 32

/**
 * Writes `time` plus `added`, microseconds since 1970, as a fixed64 field of nanoseconds. No number here
 * needs more than 53 bits.
 *
 * @throws WaybillError BAD_THRIFT where the sum lies before 1970 or after 2554, where 64 bits of
 * nanoseconds end.
 */
export function writeMicros(
  writer: ProtobufWriter,
  fieldTag: number,
  time: Int64,
  added: Int64,
  position: number,
): void {
  const lower = (time.low >>> 0) + (added.low >>> 0)
  const upper = time.high + added.high + Math.floor(lower / two32)
  const lowerNanos = (lower % two32) * 1000
  const upperNanos = upper * 1000 + Math.floor(lowerNanos / two32)
  if (upperNanos < 0 || upperNanos >= two32) throw badThrift('a time before 1970 or after 2554', position)
  writer.fixed64Halves(fieldTag, upperNanos | 0, (lowerNanos % two32) | 0)
}
