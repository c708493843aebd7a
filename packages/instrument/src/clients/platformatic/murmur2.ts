/*
 * MurmurHash 2, 32 bits, as Kafka's clients hash keys (org.apache.kafka.common.utils.Utils.murmur2):
 *
 *   h = seed ^ length
 *   of each 4 bytes, little-endian:  k *= m;  k ^= k >>> 24;  k *= m;  h *= m;  h ^= k
 *   of the 1 to 3 bytes left:        h ^= bytes, little-endian;  h *= m
 *   at the end:                      h ^= h >>> 13;  h *= m;  h ^= h >>> 15
 */
const seed = 0x9747b28c
const m = 0x5bd1e995
const blockBytes = 4

/** The hash of a key, as a signed number of 32 bits. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let h = seed ^ length
  const end = length - (length % blockBytes)
  for (let i = 0; i < end; i += blockBytes) {
    let k = byteAt(bytes, i) | (byteAt(bytes, i + 1) << 8) | (byteAt(bytes, i + 2) << 16)
    k = Math.imul(k | (byteAt(bytes, i + 3) << 24), m)
    h = Math.imul(h, m) ^ Math.imul(k ^ (k >>> 24), m)
  }
  if (end < length) {
    for (let i = length - 1; i >= end; i--) h ^= byteAt(bytes, i) << ((i - end) * 8)
    h = Math.imul(h, m)
  }
  h = Math.imul(h ^ (h >>> 13), m)
  return h ^ (h >>> 15)
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}
