import { jaegerAgentToOtlp } from '@waybill/wire/jaeger'
import { listenError, urlOf } from '../listen.ts'
import type { ReceiverOptions, StartReceiver } from './receiver.ts'
import { refusalReport } from './receiver.ts'
import type { DatagramSocket, Datagrams } from './udp/datagrams.ts'
import { kernelDrops } from './udp/kernel-drops.ts'

export interface JaegerUdpOptions extends ReceiverOptions {
  /** Reads the sockets. */
  readonly datagrams: Datagrams
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
  const { accept, counter, datagrams, host, port, name, purpose, log, udpBufferBytes } = options
  const report = refusalReport(options)
  let isOpen = false
  /** Since the last line in the log. */
  let thrownAway = 0
  const socket = await datagrams
    .open({
      host,
      port,
      bufferBytes: udpBufferBytes,
      receive: async datagram => {
        try {
          counter.bytes(datagram.length)
          const { rejectedSpans } = await accept(jaegerAgentToOtlp(datagram, Date.now() * 1000))
          counter.request(rejectedSpans > 0 ? 'partial' : 'accepted')
        } catch (error) {
          report(error)
        }
      },
      lost: count => {
        counter.lost(count)
        thrownAway += count
      },
      failed: error => {
        if (isOpen) log.error({ err: error }, `${purpose}: the socket failed`)
      },
    })
    .catch((error: unknown) => {
      throw listenError(options, error)
    })
  isOpen = true
  const losses = watchLosses(socket, options, () => {
    const lost = thrownAway
    thrownAway = 0
    return lost
  })
  return {
    name,
    purpose,
    url: urlOf(host, socket.port, 'udp'),
    close: async () => {
      await losses.end()
      await socket.close()
    },
  }
}

/**
 * Counts what the system drops, and warns of it.
 *
 * @param takeThrownAway gives how many datagrams were lost after they were read, since it was last asked.
 */
function watchLosses(
  { address, port, bufferBytes }: DatagramSocket,
  { counter, log, purpose }: JaegerUdpOptions,
  takeThrownAway: () => number,
): { end(): Promise<void> } {
  let known = 0
  const check = async (): Promise<void> => {
    const thrownAway = takeThrownAway()
    if (thrownAway > 0) log.warn({ lost: thrownAway }, `${purpose}: more datagrams came than can wait`)
    const drops = (await kernelDrops(address, port)) ?? known
    // The system counts with 32 bits.
    const lost = (drops - known) >>> 0
    known = drops
    if (lost === 0) return
    counter.lost(lost)
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
