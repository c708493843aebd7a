/** Buffers are kept for sizes up to this; larger bodies are rare, and get one of their own. */
const largestKept = 1 << 20
const smallest = 1 << 14
/** Of each size. A server with more requests under way than this makes further ones for them. */
const mostKept = 16

/**
 * Buffers for request bodies, used again and again. Buffers lie outside V8's heap, which takes their growth as
 * a reason to collect all of its garbage: see RATIONALE.md.
 */
export class BodyPool {
  readonly #free = new Map<number, Buffer[]>()

  /** A buffer of at least so many bytes, with anything in it. */
  take(bytes: number): Buffer {
    const size = sizeFor(bytes)
    return this.#free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size)
  }

  /** Gives a buffer back that nobody reads any more. */
  give(buffer: Buffer): void {
    if (buffer.length > largestKept) return
    const free = this.#free.get(buffer.length)
    if (free === undefined) this.#free.set(buffer.length, [buffer])
    else if (free.length < mostKept) free.push(buffer)
  }
}

/** Powers of two, so that there are few sizes; what is too large to keep is as large as it needs to be. */
function sizeFor(bytes: number): number {
  if (bytes > largestKept) return bytes
  let size = smallest
  while (size < bytes) size *= 2
  return size
}
