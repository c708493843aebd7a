import { setImmediate as nextTurn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Order, Report } from './worker.ts'

/** A UDP socket that is read in a thread of its own. */
export interface DatagramSocket {
  readonly address: string
  readonly port: number
  /** Size of the system's buffer that it was granted. */
  readonly bufferBytes: number
  /** Resolves once all that was read has been dealt with. */
  close(): Promise<void>
}

export interface DatagramSocketOptions {
  readonly host: string
  readonly port: number
  readonly bufferBytes: number
  /** Takes a datagram, whose memory is its own, and resolves when it has been dealt with. */
  receive(datagram: Buffer): Promise<void>
  /** Is told that datagrams were thrown away, since too much waited. */
  lost(datagrams: number): void
  failed(error: unknown): void
}

interface Line {
  readonly options: DatagramSocketOptions
  readonly opened: PromiseWithResolvers<Report & { kind: 'opened' }>
  readonly closed: PromiseWithResolvers<void>
  readonly underWay: Set<Promise<void>>
}

/**
 * Reads UDP sockets in one thread for all of them, which does nothing else: a sender is not slowed down by what
 * this thread is busy with, and the system's buffer is small. The thread runs while a socket is open.
 */
export class Datagrams {
  #worker: Worker | undefined
  #next = 0
  readonly #lines = new Map<number, Line>()

  /** @throws the system's error where the port cannot be had. */
  async open(options: DatagramSocketOptions): Promise<DatagramSocket> {
    const number = this.#next++
    const line: Line = {
      options,
      opened: Promise.withResolvers(),
      closed: Promise.withResolvers(),
      underWay: new Set(),
    }
    this.#lines.set(number, line)
    const { host, port, bufferBytes } = options
    this.#worker ??= this.#start()
    this.#order({ kind: 'open', socket: number, host, port, bufferBytes })
    try {
      const opened = await line.opened.promise
      return {
        address: opened.address,
        port: opened.port,
        bufferBytes: opened.bufferBytes,
        close: () => this.#close(number, line),
      }
    } catch (error) {
      await this.#forget(number)
      throw error
    }
  }

  async #close(number: number, line: Line): Promise<void> {
    this.#order({ kind: 'close', socket: number })
    await line.closed.promise
    await Promise.all(line.underWay)
    await this.#forget(number)
  }

  async #forget(number: number): Promise<void> {
    this.#lines.delete(number)
    if (this.#lines.size > 0) return
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }

  #order(order: Order): void {
    this.#worker?.postMessage(order)
  }

  #start(): Worker {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      name: 'datagrams',
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 },
    })
    worker.on('message', (report: Report) => this.#take(report))
    worker.on('error', error => {
      this.#worker = undefined
      for (const { options, opened, closed } of this.#lines.values()) {
        opened.reject(error)
        closed.resolve()
        options.failed(error)
      }
    })
    return worker
  }

  #take(report: Report): void {
    const line = this.#lines.get(report.socket)
    if (line === undefined) return
    switch (report.kind) {
      case 'opened':
        line.opened.resolve(report)
        return
      case 'failed':
        line.opened.reject(report.error)
        line.options.failed(report.error)
        return
      case 'lost':
        line.options.lost(report.datagrams)
        return
      case 'closed':
        line.closed.resolve()
        return
    }
    const taken = this.#receiveAll(line, report).finally(() => line.underWay.delete(taken))
    line.underWay.add(taken)
  }

  async #receiveAll({ options }: Line, { bytes, ends }: Report & { kind: 'datagrams' }): Promise<void> {
    let start = 0
    const receiving = ends.map(end => {
      const datagram = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      start = end
      return options.receive(datagram)
    })
    await Promise.all(receiving)
    // The thread answers with the next group, and groups are read for as long as there are any: with what is refused,
    // which nothing is waited for, nobody else would get a turn.
    await nextTurn()
    this.#order({ kind: 'taken', datagrams: ends.length, bytes: bytes.length })
  }
}
