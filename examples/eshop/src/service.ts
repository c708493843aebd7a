import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import { readSettings } from './settings.ts'

/** A service that takes JSON as it is: a number in a text is no number. What is wrong is answered with 400. */
export function createService(): FastifyInstance {
  return fastify({ forceCloseConnections: true, ajv: { customOptions: { coerceTypes: false } } })
}

/** Serves until a signal comes; then what is open is closed, and the process ends by itself, its spans sent. */
export async function run(app: FastifyInstance, close?: () => Promise<void>): Promise<void> {
  await app.listen({ port: readSettings().port, host: process.env['HOST'] ?? '127.0.0.1' })
  closeOnSignal(async () => {
    await app.close()
    await close?.()
  })
  console.log('ready')
}

export function closeOnSignal(close: () => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      close().catch((error: unknown) => {
        console.error(error)
        process.exitCode = 1
      })
    })
  }
}

/** What the services of a shop do all day: it takes a moment, not always the same. */
export function work(longestMs = readSettings().stepMs): Promise<void> {
  return delay(Math.random() * longestMs)
}
