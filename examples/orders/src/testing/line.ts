import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A line to a broker that can be cut, so that to its clients the broker is away. */
export interface Line {
  readonly port: number
  /** Ends every connection and takes no more. */
  cut(): Promise<void>
  mend(): Promise<void>
}

/** Leads from a free port to another one of this machine. */
export async function startLine(to: number): Promise<Line> {
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const broker = connect(to, '127.0.0.1')
    for (const [from, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        other.destroy()
      })
      from.pipe(other)
    }
  })
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    port,
    async cut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    mend: () => listen(port),
  }
}
