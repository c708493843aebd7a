/** A record as its consumer hands it over. */
export interface SpanRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** When the sender, or else the broker, says that it was sent: milliseconds since 1970. */
  readonly timestamp: bigint
  /** Null or undefined in a tombstone. */
  readonly value?: Uint8Array | null | undefined
}

/** `orders/3@1042`, as Kafka's own tools name a record. */
export function recordName({ topic, partition, offset }: SpanRecord): string {
  return `${topic}/${partition}@${offset}`
}
