/** How a field's value is written: its proto3 type where that decides, its meaning in OTLP where that does. */
export type FieldType =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int64'
  | 'uint32'
  | 'enum'
  | 'fixed32'
  | 'fixed64'
  | 'double'
  /** 16 bytes, hex in OTLP/JSON. */
  | 'traceId'
  /** 8 bytes, hex in OTLP/JSON. */
  | 'spanId'
  | Message

export interface Field {
  readonly number: number
  /** The lowerCamelCase name that proto3 JSON gives the field. */
  readonly name: string
  readonly type: FieldType
  readonly repeated?: true
  /** An id that every instance must carry and that may not be all zeros. */
  readonly required?: true
  /** Names of an enum's values, by number. */
  readonly values?: readonly string[]
}

export interface Message {
  /** The name in the .proto file, for error messages. */
  readonly name: string
  readonly fields: readonly Field[]
  /** At most one of the fields is set, and "not set" differs from a default value. */
  readonly oneof?: true
}

/** Wire types of protobuf's encoding (protobuf.dev/programming-guides/encoding, "Message Structure"). */
export const wireTypes = { varint: 0, fixed64: 1, length: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const

/** The wire type that a field of this type must have. */
export function wireTypeOf(type: FieldType): number {
  if (typeof type !== 'string') return wireTypes.length
  switch (type) {
    case 'bool':
    case 'int64':
    case 'uint32':
    case 'enum':
      return wireTypes.varint
    case 'fixed64':
    case 'double':
      return wireTypes.fixed64
    case 'fixed32':
      return wireTypes.fixed32
    default:
      return wireTypes.length
  }
}
