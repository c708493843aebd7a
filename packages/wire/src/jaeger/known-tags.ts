import type { ProtobufWriter } from '../protobuf/writer.ts'
import type { ThriftReader } from '../thrift/reader.ts'
import { thriftTypes } from '../thrift/reader.ts'
import type { Tag } from './tag.ts'
import { newTag, readTag, writeTag } from './tag.ts'

/** Keys in the bytes that they are compared by. Made once: making them costs more than a span. */
export type KnownKeys<Key extends string> = readonly (readonly [Key, Uint8Array])[]

export function knownKeys<Key extends string>(...keys: readonly Key[]): KnownKeys<Key> {
  return keys.map(key => [key, Buffer.from(key)])
}

/**
 * Reads lists of tags straight into attributes, but holds back those whose keys mean something else in
 * OTLP, until all tags of the list are known. Of several tags with one such key, the last counts.
 */
export class KnownTags<Key extends string> {
  private readonly keys: KnownKeys<Key>
  private readonly held = new Map<Key, Tag>()
  private readonly spare: Tag[] = []
  /** The tag that {@link add} adds; another one after that. */
  next: Tag = newTag()

  constructor(keys: KnownKeys<Key>) {
    this.keys = keys
  }

  /** Reads a list of tags in thrift. `fieldTag` is the protobuf tag of the attributes. */
  read(reader: ThriftReader, writer: ProtobufWriter, fieldTag: number, name: string): void {
    this.clear()
    const size = reader.list(thriftTypes.struct, name)
    for (let i = 0; i < size; i++) {
      readTag(reader, this.next)
      this.add(writer, fieldTag, reader.bytes)
    }
  }

  /** Writes the tag in {@link next} as an attribute, or holds it back. */
  add(writer: ProtobufWriter, fieldTag: number, bytes: Uint8Array): void {
    const key = this.known(bytes, this.next)
    if (key === undefined) writeTag(writer, fieldTag, this.next, bytes)
    else this.hold(key)
  }

  /** Forgets what an earlier list held. */
  clear(): void {
    if (this.held.size === 0) return
    this.spare.push(...this.held.values())
    this.held.clear()
  }

  has(key: Key): boolean {
    return this.held.has(key)
  }

  get(key: Key): Tag | undefined {
    return this.held.get(key)
  }

  /** Takes a tag out: it is an attribute no longer. It is good until the next list is read. */
  take(key: Key): Tag | undefined {
    const tag = this.held.get(key)
    if (tag) {
      this.held.delete(key)
      this.spare.push(tag)
    }
    return tag
  }

  /** Writes the tags that nobody took. */
  writeRest(writer: ProtobufWriter, fieldTag: number, bytes: Uint8Array): void {
    for (const tag of this.held.values()) writeTag(writer, fieldTag, tag, bytes)
  }

  private hold(key: Key): void {
    const before = this.held.get(key)
    if (before) this.spare.push(before)
    this.held.set(key, this.next)
    this.next = this.spare.pop() ?? newTag()
  }

  private known(bytes: Uint8Array, tag: Tag): Key | undefined {
    const length = tag.keyEnd - tag.keyStart
    for (const [key, keyBytes] of this.keys) {
      if (keyBytes.length !== length) continue
      let i = 0
      while (i < length && keyBytes[i] === bytes[tag.keyStart + i]) i++
      if (i === length) return key
    }
    return undefined
  }
}
