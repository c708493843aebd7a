import type { Socket } from 'node:dgram'
import { createSocket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'

/** What the thread is told. Sockets have numbers. */
export type Order =
  | {
      readonly kind: 'open'
      readonly socket: number
      readonly host: string
      readonly port: number
      /** Size of the system's buffer that is asked for. */
      readonly bufferBytes: number
    }
  | { readonly kind: 'close'; readonly socket: number }
  /** A group of so many datagrams, of so many bytes, has been dealt with. */
  | { readonly kind: 'taken'; readonly datagrams: number; readonly bytes: number }

/** What the thread tells. */
export type Report =
  | {
      readonly kind: 'opened'
      readonly socket: number
      readonly address: string
      readonly port: number
      /** What the system granted. */
      readonly bufferBytes: number
    }
  | { readonly kind: 'failed'; readonly socket: number; readonly error: unknown }
  /** Datagrams one behind the other, and where each ends. */
  | {
      readonly kind: 'datagrams'
      readonly socket: number
      readonly bytes: Uint8Array
      readonly ends: readonly number[]
    }
  /** So many datagrams were thrown away, since too much waited. */
  | { readonly kind: 'lost'; readonly socket: number; readonly datagrams: number }
  | { readonly kind: 'closed'; readonly socket: number }

/** Datagrams are handed over in groups: each time that this has passed, or the buffer is full. */
const groupMs = 2
const groupBytes = 256 * 1024
/** The other thread deals with a group at one go, and small datagrams cost it as much as large ones. */
const groupDatagrams = 1024
/** What may wait for the other thread. It bounds the memory that a flood takes. */
const mostWaitingBytes = 64 * 1024 * 1024
/** What a datagram counts for beside its bytes, of which it may have none. */
const datagramBytes = 512

/**
 * Groups that the other thread may have at once. It reads all that has come before it does anything else, and must not
 * be kept from that by a flood; what comes meanwhile makes the next groups larger.
 */
const mostUnderWay = 4
/** A sender that never ends does not hold up the end of the socket: a turn reads up to 32 datagrams. */
const mostLastTurns = 1_000

type Group = Report & { readonly kind: 'datagrams' }

let waitingBytes = 0
let underWay = 0
/** Full groups that the other thread has no place for yet. */
const waiting: Group[] = []

/** One socket and the group of its datagrams that is being collected. */
interface Line {
  readonly socket: Socket
  /** Datagrams that have come. */
  seen: number
  /** Hands the group over if the other thread has a place for it, and in any case if it must go. */
  flush(mustGo: boolean): void
}

const lines = new Map<number, Line>()

function report(message: Report, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

parentPort?.on('message', (order: Order) => {
  if (order.kind === 'open') open(order)
  else if (order.kind === 'close') void close(order.socket)
  else taken(order)
})

function taken({ datagrams, bytes }: Order & { kind: 'taken' }): void {
  waitingBytes -= bytes + datagrams * datagramBytes
  underWay--
  const next = waiting.shift()
  if (next !== undefined) handOver(next)
  else for (const line of lines.values()) line.flush(false)
}

function handOver(group: Group): void {
  underWay++
  report(group, [group.bytes.buffer as ArrayBuffer])
}

function open({ socket: number, host, port, bufferBytes }: Order & { kind: 'open' }): void {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: bufferBytes })
  const line = collect(number, socket)
  socket.on('error', error => {
    report({ kind: 'failed', socket: number, error })
    if (!lines.has(number)) socket.close()
  })
  socket.bind(port, host, () => {
    lines.set(number, line)
    report({
      kind: 'opened',
      socket: number,
      address: socket.address().address,
      port: socket.address().port,
      bufferBytes: socket.getRecvBufferSize(),
    })
  })
}

function collect(number: number, socket: Socket): Line {
  const group = Buffer.allocUnsafeSlow(groupBytes)
  let length = 0
  let ends: number[] = []
  let lost = 0
  let timer: NodeJS.Timeout | undefined
  const flush = (mustGo: boolean): void => {
    clearTimeout(timer)
    timer = undefined
    if (lost > 0) report({ kind: 'lost', socket: number, datagrams: lost })
    lost = 0
    const hasPlace = underWay < mostUnderWay
    if (ends.length === 0 || !(hasPlace || mustGo)) return
    const bytes = Uint8Array.prototype.slice.call(group, 0, length)
    const whole: Group = { kind: 'datagrams', socket: number, bytes, ends }
    if (hasPlace) handOver(whole)
    else waiting.push(whole)
    length = 0
    ends = []
  }
  const line = { socket, seen: 0, flush }
  socket.on('message', datagram => {
    line.seen++
    const counted = datagram.length + datagramBytes
    if (waitingBytes + counted > mostWaitingBytes) lost++
    else {
      if (length + datagram.length > groupBytes || ends.length === groupDatagrams) flush(true)
      group.set(datagram, length)
      length += datagram.length
      waitingBytes += counted
      ends.push(length)
    }
    timer ??= setTimeout(flush, groupMs, false)
  })
  return line
}

async function close(number: number): Promise<void> {
  const line = lines.get(number)
  lines.delete(number)
  if (line === undefined) return
  // What has arrived is read first: turn after turn of the event loop, until one brings no more.
  await setImmediate()
  for (let seen = -1, turns = 0; seen !== line.seen && turns < mostLastTurns; turns++) {
    seen = line.seen
    await setImmediate()
  }
  line.flush(true)
  for (const group of waiting.splice(0)) handOver(group)
  line.socket.close(() => report({ kind: 'closed', socket: number }))
}
