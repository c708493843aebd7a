/** A google.protobuf.Timestamp or Duration as the codec gives it; null where it was not sent. */
export type SentTime = { readonly seconds: string; readonly nanos: number } | null

/** Go's zero time, the first of January of the year 1, which its clients send for a time that is not set. */
const goZeroSeconds = '-62135596800'

/** Nanoseconds since 1970, or of a duration; undefined where none is meant. */
export function readTime(time: SentTime): bigint | undefined {
  if (time === null || time.seconds === goZeroSeconds) return undefined
  return BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos)
}
