import { mkdir } from 'node:fs/promises'
import { WaybillError } from '@waybill/model'
import type { Segment } from '../store/engine.ts'
import { Loader } from './loader.ts'
import type { SpoolObserver } from './observer.ts'
import { findSegments } from './recover.ts'
import type { Durability, WaitingSegment } from './segment.ts'
import { OpenSegment } from './segment.ts'

export interface SpoolOptions {
  /** Folder of the segments. */
  readonly dir: string
  /** Folder for what the store refuses. */
  readonly quarantineDir: string
  readonly durability: Durability
  /** Bytes that wait for the store, at most. */
  readonly maxBytes: number
  /** A segment is closed at this many bytes, */
  readonly segmentBytes: number
  /** or spans, */
  readonly segmentSpans: number
  /** or when its first body has waited this long and the store is free, and rested from its last load. */
  readonly segmentAgeMs: number
  readonly observer: SpoolObserver
  /** Loads under way at once, at most. */
  readonly concurrentLoads: number
  /** Takes a segment into the store; see `Engine.load`. */
  load(segment: Segment): Promise<void>
}

interface Append {
  readonly body: Uint8Array
  readonly spans: number
  resolve(): void
  reject(error: WaybillError): void
}

/** Opens a spool and begins to load what an earlier run left in it. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  await mkdir(options.dir, { recursive: true })
  const found = await findSegments(options.dir)
  return new Spool(options, found)
}

/**
 * Request bodies between the client's answer and the store:
 *
 *     append ─▶ queue ─▶ open segment ─▶ closed segments ─▶ load ─▶ file removed
 *               memory   ◀──────────── files ───────────▶
 *               ▲ at most one write, of all that waits       ▲ `concurrentLoads` at most
 *
 * A segment is closed when it is full, or at the moment that the store is free and there is a reason to hurry:
 * a query waits, or its first body is old enough and the last load long enough ago. So segments grow by themselves
 * while the store is busy, and where nobody asks a trickle of spans costs few loads.
 */
export class Spool {
  readonly #options: SpoolOptions
  readonly #loader: Loader
  readonly #queue: Append[] = []
  #writing: Promise<void> | undefined
  /** Between writes the open segment may be closed. */
  #midWrite = false
  #open: OpenSegment | undefined
  /** Bytes in the queue and in files. */
  #bytes = 0
  /** Queries that wait. */
  #hurried = 0
  #ageTimer: NodeJS.Timeout | undefined
  #stopping = false

  constructor(options: SpoolOptions, found: readonly WaitingSegment[]) {
    this.#options = options
    this.#loader = new Loader({
      ...options,
      takeDue: isRested => (this.#isDue(isRested) ? this.#closeOpen() : undefined),
      done: ({ bytes }) => {
        this.#bytes -= bytes
      },
    })
    for (const segment of found) {
      this.#bytes += segment.bytes
      this.#loader.add(segment)
    }
    if (found.length > 0) options.observer.recovered(found.length, this.#bytes)
    this.#loader.wake()
  }

  /** Bytes that wait for the store. */
  get bytes(): number {
    return this.#bytes
  }

  /** Segments that wait for the store, the open one and those being loaded included. */
  get segments(): number {
    return this.#loader.waiting.length + (this.#open === undefined ? 0 : 1)
  }

  /** Whether full segments wait for others to be loaded: more comes in than the store takes. */
  get isBehind(): boolean {
    return (
      this.#loader.waiting.filter(({ isUnchecked }) => !isUnchecked).length > this.#options.concurrentLoads
    )
  }

  /**
   * Keeps a request body. When the promise resolves the bytes are in a segment, and will be in the store.
   *
   * @param body a sound OTLP request, which must not change until then.
   * @param spans how many it holds.
   * @throws WaybillError BODY_TOO_LARGE for what an empty spool would not hold either, SPOOL_FULL over the byte
   *   limit, SPOOL_UNWRITABLE where the disk refuses, SHUTTING_DOWN after `close`.
   */
  append(body: Uint8Array, spans: number): Promise<void> {
    const { maxBytes } = this.#options
    if (this.#stopping) return Promise.reject(new WaybillError('SHUTTING_DOWN', 'the server is stopping'))
    if (body.length > maxBytes)
      return Promise.reject(
        new WaybillError(
          'BODY_TOO_LARGE',
          `${body.length} bytes of spans are more than the spool ever holds (spool.maxBytes: ${maxBytes})`,
        ),
      )
    if (this.#bytes + body.length > maxBytes)
      return Promise.reject(
        new WaybillError('SPOOL_FULL', `${this.#bytes} of ${maxBytes} bytes wait for the store already`),
      )
    this.#bytes += body.length
    return new Promise((resolve, reject) => {
      this.#queue.push({ body, spans, resolve, reject })
      this.#writing ??= this.#writeQueue()
    })
  }

  /**
   * Waits until all that was acknowledged before this call is in the store (or in quarantine), and has the
   * open segment closed for that as soon as the store is free. What the store has failed to take several
   * times is not waited for.
   *
   * @param maxWaitMs resolves after this time in any case.
   */
  async settled(maxWaitMs: number): Promise<void> {
    const segments: { readonly tried: PromiseWithResolvers<void> }[] = [...this.#loader.waiting]
    if (this.#open !== undefined && this.#open.bytes > 0) segments.push(this.#open)
    if (segments.length === 0) return
    const bound = Promise.withResolvers<void>()
    const timer = setTimeout(bound.resolve, maxWaitMs)
    this.#hurried++
    this.#loader.wake()
    await Promise.race([bound.promise, Promise.all(segments.map(({ tried }) => tried.promise))])
    this.#hurried--
    clearTimeout(timer)
  }

  /**
   * Takes no more, and loads all there is. A segment that the store does not take now stays for the next
   * start. Nothing is left running; a second call changes nothing.
   */
  async close(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#ageTimer)
    await this.#writing
    await this.#loader.close()
    const empty = this.#open
    this.#open = undefined
    await empty?.discard()
  }

  /** Writes the queue, group after group, until it is empty. */
  async #writeQueue(): Promise<void> {
    while (this.#queue.length > 0) {
      this.#midWrite = true
      const { group, bytes, spans } = this.#takeGroup()
      try {
        this.#open ??= await OpenSegment.create(this.#options.dir, this.#options.durability)
        await this.#open.append(
          group.map(({ body }) => body),
          bytes,
          spans,
        )
        for (const { resolve } of group) resolve()
      } catch (cause) {
        this.#refuse(group, bytes, cause)
      }
      this.#midWrite = false
      if (this.#isFull()) this.#putAway()
      else this.#startAgeTimer()
      this.#loader.wake()
    }
    this.#writing = undefined
  }

  /** As much of the queue as fits into the open segment, and one body in any case. */
  #takeGroup(): { readonly group: readonly Append[]; readonly bytes: number; readonly spans: number } {
    const { segmentBytes, segmentSpans } = this.#options
    let bytes = 0
    let spans = 0
    let taken = 0
    if (this.#openBytes() > 0 && this.#openBytes() + (this.#queue[0]?.body.length ?? 0) > segmentBytes)
      this.#putAway()
    for (const { body, spans: more } of this.#queue) {
      if (taken > 0 && this.#openBytes() + bytes + body.length > segmentBytes) break
      if (taken > 0 && (this.#open?.spans ?? 0) + spans >= segmentSpans) break
      bytes += body.length
      spans += more
      taken++
    }
    return { group: this.#queue.splice(0, taken), bytes, spans }
  }

  #refuse(group: readonly Append[], bytes: number, cause: unknown): void {
    this.#bytes -= bytes
    this.#options.observer.unwritable(cause)
    const reason = cause instanceof Error ? cause.message : String(cause)
    const error = new WaybillError('SPOOL_UNWRITABLE', `the spool cannot be written: ${reason}`, { cause })
    for (const { reject } of group) reject(error)
  }

  #openBytes(): number {
    return this.#open?.bytes ?? 0
  }

  #isFull(): boolean {
    return (
      this.#openBytes() >= this.#options.segmentBytes ||
      (this.#open?.spans ?? 0) >= this.#options.segmentSpans
    )
  }

  #startAgeTimer(): void {
    if (this.#openBytes() === 0 || this.#ageTimer !== undefined || this.#stopping) return
    this.#ageTimer = setTimeout(() => {
      this.#ageTimer = undefined
      this.#loader.wake()
      this.#startAgeTimer()
    }, this.#options.segmentAgeMs)
  }

  /** Whether the open segment should be loaded although it is not full. */
  #isDue(isRested: (spans: number) => boolean): boolean {
    if (this.#openBytes() === 0 || this.#midWrite) return false
    if (this.#stopping || this.#hurried > 0) return true
    if (performance.now() - (this.#open?.firstMs ?? 0) < this.#options.segmentAgeMs) return false
    return isRested(this.#open?.spans ?? 0)
  }

  #closeOpen(): WaitingSegment | undefined {
    const segment = this.#open?.close()
    this.#open = undefined
    return segment
  }

  /** Closes the open segment and gives it to the loader. */
  #putAway(): void {
    const segment = this.#closeOpen()
    if (segment !== undefined) this.#loader.add(segment)
  }
}
