import { Worker } from 'node:worker_threads'
import { WaybillError } from '@waybill/model'
import type { Arrival, Examined } from './examine.ts'
import type { SpanFormat } from './formats.ts'
import type { Reply } from './thread-messages.ts'
import { examinedOf } from './thread-messages.ts'

/** Bodies up to these sizes are examined where they arrive: see RATIONALE.md. */
const mostInPlaceBytes = 512 * 1024
const mostInPlaceOtlpBytes = 4 * 1024 * 1024

/** Bodies that wait, at most; one that waits alone may be larger. */
const mostWaitingBytes = 160 * 1024 * 1024
/** A thread that has had nothing to do for so long ends, and gives its memory back. */
const idleMs = 30_000

export interface ExaminingThreadOptions {
  /** Instead of 160 MiB. */
  readonly mostWaitingBytes?: number
  /** Instead of 30 seconds. */
  readonly idleMs?: number
  /** Instead of the thread's module. */
  readonly module?: URL
}

interface Waiting {
  readonly arrival: Arrival
  readonly examined: PromiseWithResolvers<Examined>
}

/** Whether a body is so large that others would wait for it too long. */
export function isLarge({
  format,
  body,
}: {
  readonly format: SpanFormat
  readonly body: Uint8Array
}): boolean {
  return body.length > (format === 'otlp_proto' ? mostInPlaceOtlpBytes : mostInPlaceBytes)
}

/**
 * Examines large bodies in a thread of their own, one after the other, while the event loop goes on. The thread starts
 * with the first of them, and again with the next one after it died or has ended for want of work; it does not keep
 * the process from ending.
 */
export class ExaminingThread {
  readonly #options: Required<ExaminingThreadOptions>
  readonly #queue: Waiting[] = []
  #current: Waiting | undefined
  #worker: Worker | undefined
  #idleTimer: NodeJS.Timeout | undefined
  /** Of the one in the thread, too, whose body is kept by its sender until it is answered. */
  #waitingBytes = 0
  #isClosed = false

  constructor(options: ExaminingThreadOptions = {}) {
    this.#options = { mostWaitingBytes, idleMs, module: new URL('worker.ts', import.meta.url), ...options }
  }

  /** Whether the thread is there. */
  get isRunning(): boolean {
    return this.#worker !== undefined
  }

  /**
   * Does what `examine` does, in the thread.
   *
   * @param arrival its body must not change until then.
   * @throws WaybillError BUSY where too much waits already, SHUTTING_DOWN after `close`; an Error where the thread died
   *   of it.
   */
  async examine(arrival: Arrival): Promise<Examined> {
    const { length } = arrival.body
    if (this.#isClosed) throw stopping()
    if (this.#waitingBytes > 0 && this.#waitingBytes + length > this.#options.mostWaitingBytes)
      throw new WaybillError('BUSY', `${this.#waitingBytes} bytes of large requests wait to be read already`)
    this.#waitingBytes += length
    const examined = Promise.withResolvers<Examined>()
    this.#queue.push({ arrival, examined })
    this.#takeNext()
    try {
      return await examined.promise
    } finally {
      this.#waitingBytes -= length
    }
  }

  /** Ends the thread; what waits is refused. A second call changes nothing. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#idleTimer)
    const worker = this.#worker
    this.#worker = undefined
    for (const { examined } of this.#queue.splice(0)) examined.reject(stopping())
    this.#current?.examined.reject(stopping())
    this.#current = undefined
    await worker?.terminate()
  }

  #takeNext(): void {
    if (this.#current !== undefined) return
    this.#current = this.#queue.shift()
    if (this.#current === undefined) {
      this.#rest()
      return
    }
    clearTimeout(this.#idleTimer)
    try {
      this.#handOver(this.#current.arrival)
    } catch (error) {
      // Neither memory for the copy nor a thread may be had.
      this.#end(({ reject }) => reject(error))
    }
  }

  #handOver(arrival: Arrival): void {
    this.#worker ??= this.#start()
    this.#worker.ref()
    // A copy: the memory of a body is its sender's, and goes on being used.
    const body = new Uint8Array(arrival.body)
    this.#worker.postMessage({ ...arrival, body }, [body.buffer])
  }

  /** Answers for the body at hand, and takes the next. */
  #end(settle: (examined: PromiseWithResolvers<Examined>) => void): void {
    const ended = this.#current
    this.#current = undefined
    if (ended !== undefined) settle(ended.examined)
    this.#takeNext()
  }

  #rest(): void {
    const worker = this.#worker
    if (worker === undefined) return
    worker.unref()
    this.#idleTimer = setTimeout(() => {
      this.#worker = undefined
      void worker.terminate()
    }, this.#options.idleMs).unref()
  }

  #start(): Worker {
    const worker = new Worker(this.#options.module, { name: 'examine' })
    let cause: unknown
    worker.on('message', (reply: Reply) => {
      if (worker !== this.#worker) return
      this.#end(({ resolve, reject }) => {
        if ('failure' in reply) reject(reply.failure)
        else resolve(examinedOf(reply))
      })
    })
    worker.on('error', error => {
      cause = error
    })
    worker.on('exit', code => {
      if (worker !== this.#worker) return
      this.#worker = undefined
      this.#end(({ reject }) =>
        reject(new Error(`the thread that read a large request ended with ${code}`, { cause })),
      )
    })
    return worker
  }
}

function stopping(): WaybillError {
  return new WaybillError('SHUTTING_DOWN', 'the server is stopping')
}
