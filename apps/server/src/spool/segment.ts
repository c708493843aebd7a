import { randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Segment } from '../store/engine.ts'

/** When bytes count as kept: once written to the file, or once the disk has them. */
export type Durability = 'write' | 'fsync'

/** A segment that waits for the store. */
export interface WaitingSegment extends Segment {
  /** Its end may be torn and its spans are not counted: an earlier run left it, or the disk failed. */
  readonly isUnchecked: boolean
  /** Resolves when it is in the store, or has failed so often that nobody should wait for it. */
  readonly tried: PromiseWithResolvers<void>
}

/** Ending of the files that a refused segment's pieces are loaded from; the segment itself outlives them. */
export const pieceSuffix = '.piece'
/** Ending of the file that says which parts of a segment were refused. */
export const refusalsSuffix = '.refusals'
const suffix = '.segment'
let created = 0

/**
 * A new segment's name, and for ever the token of its load: the time for the order, a counter for those of
 * one millisecond, chance so that no other folder, restart or clock ever gives the same.
 */
function newToken(): string {
  const time = String(Date.now()).padStart(14, '0')
  const count = String(created++ % 1_000_000).padStart(6, '0')
  return `${time}-${count}-${randomBytes(4).toString('hex')}`
}

/** Whether a file of the spool's folder is a segment. */
export function isSegmentFile(name: string): boolean {
  return name.endsWith(suffix)
}

/** The token of a segment's file. */
export function tokenOf(path: string): string {
  return basename(path, suffix)
}

/** The segment that request bodies are being appended to. One write at a time. */
export class OpenSegment {
  readonly path: string
  readonly token: string
  readonly tried: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly #file: FileHandle
  readonly #durability: Durability
  #bytes = 0
  #spans = 0
  #firstMs = 0
  #mayBeTorn = false

  private constructor(path: string, file: FileHandle, durability: Durability) {
    this.path = path
    this.token = tokenOf(path)
    this.#file = file
    this.#durability = durability
  }

  /** Creates the file. Under `fsync` the folder's entry is on the disk, too. */
  static async create(dir: string, durability: Durability): Promise<OpenSegment> {
    const path = join(dir, newToken() + suffix)
    const file = await open(path, 'wx')
    if (durability === 'fsync') {
      const folder = await open(dir)
      await folder.sync().finally(() => folder.close())
    }
    return new OpenSegment(path, file, durability)
  }

  /** Bytes that are kept: whole bodies, all of them written. */
  get bytes(): number {
    return this.#bytes
  }

  get spans(): number {
    return this.#spans
  }

  /** Since when the first body waits, on the clock of `performance.now()`; of no meaning while empty. */
  get firstMs(): number {
    return this.#firstMs
  }

  /**
   * Appends bodies with one write. When the promise resolves they are kept.
   *
   * @throws the system's error. What was written of them is cut off again, so that the file holds what was
   *   kept before.
   */
  async append(bodies: readonly Uint8Array[], bytes: number, spans: number): Promise<void> {
    try {
      await this.#writeAll(bodies, bytes)
      if (this.#durability === 'fsync') await this.#file.datasync()
    } catch (error) {
      await this.#file.truncate(this.#bytes).catch(() => {
        this.#mayBeTorn = true
      })
      throw error
    }
    if (this.#bytes === 0) this.#firstMs = performance.now()
    this.#bytes += bytes
    this.#spans += spans
  }

  /** A write may take less than all, where the disk fills up; the next one then says why. */
  async #writeAll(bodies: readonly Uint8Array[], bytes: number): Promise<void> {
    const { bytesWritten } = await this.#file.writev(bodies, this.#bytes)
    let written = bytesWritten
    if (written === bytes) return
    const whole = Buffer.concat(bodies)
    while (written < bytes) {
      const rest = await this.#file.write(whole, written, bytes - written, this.#bytes + written)
      written += rest.bytesWritten
    }
  }

  /** Lets go of the file, which is the store's from now on. */
  close(): WaitingSegment {
    const { path, token, bytes, spans, tried } = this
    // All bytes are in the file; what closing it could still say changes nothing for its load.
    this.#file.close().catch(() => {})
    return { path, token, bytes, spans, tried, isUnchecked: this.#mayBeTorn }
  }

  /** Removes a segment that nothing was appended to. */
  async discard(): Promise<void> {
    await this.#file.close()
    if (this.#bytes === 0) await rm(this.path, { force: true })
  }
}
