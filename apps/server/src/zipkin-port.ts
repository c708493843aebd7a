import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { fastify } from 'fastify'
import type { Listening, ListenOptions } from './listen.ts'
import { listen } from './listen.ts'

/** Something that speaks HTTP/2 on connections that others have accepted. */
export interface Http2Service {
  /** Takes over a connection from its first byte on. */
  readonly connect: (socket: Socket) => void
  /** Answers what has been taken, and ends every connection. */
  readonly close: () => Promise<void>
}

export interface ZipkinPortOptions extends ListenOptions {
  /** What is served over HTTP/1: each registers its routes, with hooks and parsers of its own. */
  readonly plugins: readonly ((app: FastifyInstance) => Promise<void>)[]
  /** What is served over HTTP/2 without TLS ("prior knowledge"): gRPC. */
  readonly http2: Http2Service
}

/** A body that is not whole after this time is given up. */
const requestTimeoutMs = 60_000

/** How an HTTP/2 connection begins (RFC 9113, section 3.4); no method of HTTP/1 begins like this. */
const preface = Buffer.from('PRI * HTTP/2.0')

/**
 * Opens Zipkin's port, where spans come in and questions are answered over HTTP/1, and gRPC comes in as well, as
 * at Zipkin's own server: the first bytes of a connection tell which it is.
 *
 * @throws StartupError where the port cannot be had.
 */
export async function startZipkinPort(options: ZipkinPortOptions): Promise<Listening> {
  const app = fastify({
    requestTimeout: requestTimeoutMs,
    routerOptions: { maxParamLength: 16_384 },
    // A path that cannot be decoded.
    frameworkErrors: (error, _request, reply) =>
      (reply as FastifyReply).code(400).type('text/plain; charset=utf-8').send(`${error.message}\n`),
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).type('text/plain; charset=utf-8').send('404 Not Found'),
  )
  for (const plugin of options.plugins) await app.register(plugin)
  await app.ready()
  const endSilent = splitConnections(app.server, options.http2)
  const listening = await listen(app, options)
  return {
    ...listening,
    close: async () => {
      const closed = Promise.all([listening.close(), options.http2.close()])
      endSilent()
      await closed
    },
  }
}

/**
 * Gives connections that begin as HTTP/2 to `http2`, and leaves the others to the server.
 *
 * @returns ends those that have not said which they are, now and from now on: the server, which knows nothing of
 *   them, would wait for each.
 */
function splitConnections(server: Server, http2: Http2Service): () => void {
  const silent = new Set<Socket>()
  let isEnding = false
  const http1 = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    if (isEnding) {
      socket.destroy()
      return
    }
    let seen = Buffer.alloc(0)
    const lookAgain = (): void => {
      const more: Buffer | null = socket.read()
      if (more === null) return
      seen = Buffer.concat([seen, more])
      const compared = Math.min(seen.length, preface.length)
      const isHttp2 = seen.compare(preface, 0, compared, 0, compared) === 0
      if (isHttp2 && compared < preface.length) return
      stopWaiting()
      socket.off('readable', lookAgain).off('error', ignore).off('end', giveUp).off('close', stopWaiting)
      socket.unshift(seen)
      if (isHttp2) http2.connect(socket)
      else for (const take of http1) take.call(server, socket)
    }
    const giveUp = (): void => void socket.destroy()
    const impatience = setTimeout(giveUp, requestTimeoutMs)
    const stopWaiting = (): void => {
      clearTimeout(impatience)
      silent.delete(socket)
    }
    silent.add(socket)
    // One that ends its side before it has said anything, as probes of a port do, has nothing to be answered.
    socket.on('readable', lookAgain).on('error', ignore).on('end', giveUp).on('close', stopWaiting)
  })
  return () => {
    isEnding = true
    for (const socket of silent) socket.destroy()
  }
}

/** A connection that breaks before it has said anything is nobody's failure. */
function ignore(): void {}
