import { WaybillError } from '@waybill/model'

/** Types of fields and elements, with the numbers of the binary protocol (thrift-binary-protocol.md, "Struct"). */
export const thriftTypes = {
  stop: 0,
  bool: 2,
  i8: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  /** Also binary. */
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const

/** Types of messages (thrift-rpc.md, "Message"). */
export const messageTypes = { call: 1, reply: 2, exception: 3, oneway: 4 } as const

/** How deep structs, lists and maps of unknown fields may nest. */
export const maxThriftDepth = 32

/**
 * Reads thrift forwards, one value at a time, whichever protocol wrote it. Values with more than one part
 * are left in properties, so that reading makes no objects. Every method throws WaybillError BAD_THRIFT, with
 * the offset, where the bytes do not hold what is asked for; nothing is set aside for a length that was read.
 */
export interface ThriftReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Offset of the next byte to be read. */
  readonly position: number
  /** Type and number of the field that {@link nextField} came to. Types are those of the binary protocol. */
  readonly fieldType: number
  readonly fieldId: number
  /** The last {@link i64}: its upper half signed, its lower half as 32 bits, signed too. */
  readonly high: number
  readonly low: number
  /** Where the last {@link binary} lies in {@link bytes}. */
  readonly start: number
  readonly end: number

  /**
   * Reads the head of a message and gives its type, one of {@link messageTypes}; its name lies from
   * {@link start} to {@link end}.
   */
  message(): number
  /** Steps into a struct: must stand before the first {@link nextField} of each. */
  enter(): void
  /** Goes to the next field of a struct; false where the struct ends. */
  nextField(): boolean
  /** Fails where the field at hand is not of this type; `name` says which field it is. */
  expect(type: number, name: string): void
  bool(): boolean
  i16(): number
  i32(): number
  i64(): void
  double(): number
  binary(): void
  /** As {@link binary}, for text: fails where it is not UTF-8. */
  string(name: string): void
  /** Reads the head of a list or set whose elements must be of `type`, and gives their number. */
  list(type: number, name: string): number
  /** Steps over the value of a field nobody knows. */
  skip(): void
  /** Steps past the end of what was asked for: fails where bytes are left. */
  finish(): void
}

/** The error for thrift that cannot be read. */
export function badThrift(what: string, position: number): WaybillError {
  return new WaybillError('BAD_THRIFT', `byte ${position}: ${what}`, { position })
}
