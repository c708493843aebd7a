/** Writes thrift forwards, in whichever protocol: for tests, benches and tools. */
export interface ThriftWriter {
  /** The bytes written so far. */
  finish(): Uint8Array
  /** The head of a message; a struct with its arguments must follow. */
  message(name: string, type: number): void
  /** The head of a field; its value must follow. A struct's fields follow it, and a stop. */
  field(id: number, type: number): void
  /** Ends a struct. */
  stop(): void
  bool(id: number, value: boolean): void
  i16(id: number, value: number): void
  i32(id: number, value: number): void
  i64(id: number, value: bigint): void
  double(id: number, value: number): void
  string(id: number, value: string | Uint8Array): void
  /** A list of structs; `write` writes the fields of one. */
  structs<Item>(id: number, items: readonly Item[], write: (item: Item) => void): void
}
