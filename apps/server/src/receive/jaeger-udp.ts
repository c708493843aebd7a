import type { Socket } from 'node:dgram'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { jaegerAgentToOtlp } from '@waybill/wire/jaeger'
import { listenError, urlOf } from '../listen.ts'
import { kernelDrops } from './kernel-drops.ts'
import type { ReceiverOptions, StartReceiver } from './receiver.ts'
import { refusalReport } from './receiver.ts'

export interface JaegerUdpOptions extends ReceiverOptions {
  /** Size of the socket's buffer that the system is asked for. */
  readonly udpBufferBytes: number
}

/** How often the system is asked what it dropped. */
const lossCheckMs = 2_000

/**
 * Takes what Jaeger's clients send to its agent: a call of emitBatch or emitZipkinBatch in each datagram
 * (jaeger-idl, thrift/agent.thrift), in thrift's compact or binary protocol; the datagram says which. A client
 * gets no answer, so what is refused is counted and logged, and so is what the system had to drop.
 */
export const startJaegerUdp: StartReceiver<JaegerUdpOptions> = async options => {
  const { accept, counter, host, name, purpose } = options
  const report = refusalReport(options)
  const socket = await bind(options)
  const underWay = new Set<Promise<void>>()

  const take = async (datagram: Buffer): Promise<void> => {
    try {
      counter.bytes(datagram.length)
      const { rejectedSpans } = await accept(jaegerAgentToOtlp(datagram, Date.now() * 1000))
      counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
    } catch (error) {
      report(error)
    }
  }
  socket.on('message', datagram => {
    const taken = take(datagram).finally(() => underWay.delete(taken))
    underWay.add(taken)
  })
  const losses = watchLosses(socket, options)
  return {
    name,
    purpose,
    url: urlOf(host, socket.address().port, 'udp'),
    close: async () => {
      // One turn of the event loop, for what has arrived and is not read yet.
      await setImmediate()
      await losses.end()
      socket.close()
      await once(socket, 'close')
      await Promise.all(underWay)
    },
  }
}

async function bind(options: JaegerUdpOptions): Promise<Socket> {
  const { host, port, log, purpose, udpBufferBytes } = options
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: udpBufferBytes })
  try {
    socket.bind(port, host)
    await once(socket, 'listening')
  } catch (error) {
    socket.close()
    throw listenError(options, error)
  }
  socket.on('error', error => log.error({ err: error }, `${purpose}: the socket failed`))
  return socket
}

/** Counts what the system drops, and warns of it. */
function watchLosses(socket: Socket, options: JaegerUdpOptions): { end(): Promise<void> } {
  const { counter, log, purpose } = options
  const { address, port } = socket.address()
  let known = 0
  const check = async (): Promise<void> => {
    const drops = (await kernelDrops(address, port)) ?? known
    // The system counts with 32 bits.
    const lost = (drops - known) >>> 0
    known = drops
    if (lost === 0) return
    counter.lost(lost)
    const bufferBytes = socket.getRecvBufferSize()
    log.warn({ lost, bufferBytes }, `${purpose}: ${adviceOnLoss}`)
  }
  const timer = setInterval(check, lossCheckMs).unref()
  return {
    end: async () => {
      clearInterval(timer)
      await check()
    },
  }
}

const adviceOnLoss =
  'the system dropped datagrams: raise net.core.rmem_max and receive.udpBufferBytes, or send by HTTP or gRPC'
