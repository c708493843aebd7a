import fastifyCompress from '@fastify/compress'
import type { FastifyInstance } from 'fastify'

/** Answers below this size gain nothing that is worth the time. */
const leastBytes = 2048

/**
 * Compresses what the routes that are registered after it answer, where the client takes it: texts and JSON from
 * 2 kB on. zstd is several times as fast as gzip at a better ratio, and browsers take it; gzip at its fastest is
 * for all others. A stream is compressed as it flows, and an error of it reaches the client as a broken
 * connection, as without compression.
 */
export async function addCompression(app: FastifyInstance): Promise<void> {
  await app.register(fastifyCompress, {
    encodings: ['zstd', 'gzip'],
    zlibOptions: { level: 1 },
    threshold: leastBytes,
    // Only the receivers take compressed requests, and inflate them themselves.
    globalDecompression: false,
  })
}
