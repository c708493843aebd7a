import { mkdir } from 'node:fs/promises'
import { WaybillError } from '@waybill/model'
import type { Segment } from '../store/engine.ts'
import { loadSegment } from './load-segment.ts'
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
  /** or when its first body has waited this long and the store has nothing else to do. */
  readonly segmentAgeMs: number
  readonly observer: SpoolObserver
  /** Takes a segment into the store; see `Engine.load`. */
  load(segment: Segment): Promise<void>
}

interface Waiter {
  /** The last segment it waits for. */
  readonly order: number
  resolve(): void
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
 *               ▲ at most one write, of all that waits       ▲ at most one load
 *
 * A segment is closed when it is full, or at the moment that the store is free and there is a reason to hurry:
 * a query waits, or its first body is old enough. So segments grow by themselves while the store is busy.
 */
export class Spool {
  readonly #options: SpoolOptions
  readonly #stopping = new AbortController()
  #queue: Append[] = []
  #writing: Promise<void> | undefined
  /** Between writes the open segment may be closed. */
  #midWrite = false
  #open: OpenSegment | undefined
  readonly #closed: WaitingSegment[]
  #loading: Promise<void> | undefined
  /** Bytes in the queue and in files. */
  #bytes = 0
  /** Segments are numbered as they are closed; they are loaded in the same order. */
  #closedOrder = 0
  #loadedOrder = 0
  #waiters: Waiter[] = []
  #ageTimer: NodeJS.Timeout | undefined

  constructor(options: SpoolOptions, found: readonly WaitingSegment[]) {
    this.#options = options
    this.#closed = [...found]
    this.#closedOrder = found.length
    for (const { bytes } of found) this.#bytes += bytes
    if (found.length > 0) options.observer.recovered(found.length, this.#bytes)
    this.#loadNext()
  }

  /** Bytes that wait for the store. */
  get bytes(): number {
    return this.#bytes
  }

  /** Segments that wait for the store, the open one and the one being loaded included. */
  get segments(): number {
    return this.#closedOrder - this.#loadedOrder + (this.#open === undefined ? 0 : 1)
  }

  /** Whether whole segments wait: more comes in than the store takes. */
  get isBehind(): boolean {
    return this.#closed.length > 0
  }

  /**
   * Keeps a request body. When the promise resolves the bytes are in a segment, and will be in the store.
   *
   * @param body a sound OTLP request, which must not change until then.
   * @param spans how many it holds.
   * @throws WaybillError SPOOL_FULL over the byte limit, SPOOL_UNWRITABLE where the disk refuses,
   *   SHUTTING_DOWN after `close`.
   */
  append(body: Uint8Array, spans: number): Promise<void> {
    const { maxBytes } = this.#options
    if (this.#stopping.signal.aborted)
      return Promise.reject(new WaybillError('SHUTTING_DOWN', 'the server is stopping'))
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
   * open segment closed for that as soon as the store is free.
   *
   * @param maxWaitMs resolves after this time in any case.
   */
  async settled(maxWaitMs: number): Promise<void> {
    const order = this.#closedOrder + (this.#hasOpenBytes() ? 1 : 0)
    if (order <= this.#loadedOrder) return
    await new Promise<void>(resolve => {
      const waiter = { order, resolve: () => done() }
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter(other => other !== waiter)
        resolve()
      }, maxWaitMs)
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      this.#waiters.push(waiter)
      this.#loadNext()
    })
  }

  /**
   * Takes no more, and loads all there is. A segment that the store does not take now stays for the next
   * start. Nothing is left running; a second call changes nothing.
   */
  async close(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#ageTimer)
    await this.#writing
    this.#loadNext()
    while (this.#loading !== undefined) await this.#loading
    const empty = this.#open
    this.#open = undefined
    await empty?.discard()
    for (const { resolve } of this.#waiters.splice(0)) resolve()
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
      if (this.#isFull()) this.#closeOpen()
      else this.#startAgeTimer()
      this.#loadNext()
    }
    this.#writing = undefined
  }

  /** As much of the queue as fits into the open segment, and one body in any case. */
  #takeGroup(): { readonly group: readonly Append[]; readonly bytes: number; readonly spans: number } {
    const { segmentBytes, segmentSpans } = this.#options
    let bytes = 0
    let spans = 0
    let taken = 0
    if (this.#hasOpenBytes() && this.#openBytes() + (this.#queue[0]?.body.length ?? 0) > segmentBytes)
      this.#closeOpen()
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

  #hasOpenBytes(): boolean {
    return this.#openBytes() > 0
  }

  #isFull(): boolean {
    return (
      this.#openBytes() >= this.#options.segmentBytes ||
      (this.#open?.spans ?? 0) >= this.#options.segmentSpans
    )
  }

  #startAgeTimer(): void {
    if (!this.#hasOpenBytes() || this.#ageTimer !== undefined || this.#stopping.signal.aborted) return
    this.#ageTimer = setTimeout(() => {
      this.#ageTimer = undefined
      this.#loadNext()
      this.#startAgeTimer()
    }, this.#options.segmentAgeMs)
  }

  /** Whether the open segment should be loaded although it is not full. */
  #isDue(): boolean {
    if (!this.#hasOpenBytes() || this.#midWrite) return false
    if (this.#stopping.signal.aborted || this.#waiters.length > 0) return true
    return performance.now() - (this.#open?.firstMs ?? 0) >= this.#options.segmentAgeMs
  }

  #closeOpen(): void {
    const open = this.#open
    if (open === undefined) return
    this.#open = undefined
    const { path, token, bytes, spans } = open
    this.#closed.push({ path, token, bytes, spans, found: false })
    this.#closedOrder++
    // All bytes are in the file; what closing it could still say changes nothing for its load.
    open.close().catch(() => {})
  }

  /** Starts the next load if none is running and there is a segment to load. */
  #loadNext(): void {
    if (this.#loading !== undefined) return
    if (this.#closed.length === 0 && this.#isDue()) this.#closeOpen()
    const segment = this.#closed.shift()
    if (segment === undefined) return
    this.#loading = this.#load(segment)
  }

  async #load(segment: WaitingSegment): Promise<void> {
    const { load, quarantineDir, observer } = this.#options
    try {
      await loadSegment(segment, { load, quarantineDir, observer, stopping: this.#stopping.signal })
    } catch (error) {
      observer.leftBehind(segment, error)
    }
    this.#bytes -= segment.bytes
    this.#loadedOrder++
    const done = this.#waiters.filter(({ order }) => order <= this.#loadedOrder)
    this.#waiters = this.#waiters.filter(({ order }) => order > this.#loadedOrder)
    for (const { resolve } of done) resolve()
    this.#loading = undefined
    this.#loadNext()
  }
}
