import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { decodeTraces, encodeExportResponse } from '@waybill/wire/otlp'
import { createTracerProvider } from '../provider.ts'
import type { ExportOptions } from './queue.ts'
import { exportQueue } from './queue.ts'

type Answer = (response: ServerResponse) => void
const ok: Answer = response => response.end()

/** An OTLP endpoint that answers as it is told, one answer after the other, and then by the last. */
async function endpoint(t: TestContext, ...answers: readonly Answer[]) {
  const requests: { readonly names: readonly string[]; readonly headers: IncomingMessage['headers'] }[] = []
  const events = new EventTarget()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const spans = decodeTraces(body).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(s => s.spans),
    )
    requests.push({ names: spans.map(({ name }) => name), headers: request.headers })
    ;(answers[requests.length - 1] ?? answers.at(-1) ?? ok)(response)
    events.dispatchEvent(new Event('request'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    requests,
    async until(count: number) {
      while (requests.length < count) await once(events, 'request')
    },
  }
}

function deferred() {
  let resolve = (): void => {}
  const promise = new Promise<void>(settle => {
    resolve = settle
  })
  return { promise, resolve }
}

function open(options: Partial<ExportOptions> & { url: string }) {
  const losses: string[] = []
  const queue = exportQueue({
    resource: { 'service.name': 'shop' },
    delayMs: 3_600_000,
    onLoss: (reason, spans) => losses.push(`${spans}: ${reason}`),
    ...options,
  })
  const tracer = createTracerProvider({ sink: queue }).getTracer('t')
  const end = (...names: readonly string[]) => {
    for (const name of names) tracer.startSpan(name).end()
  }
  return { queue, end, losses }
}

test('a full request goes at once, the rest when it is old enough or flushed', async t => {
  const { url, requests, until } = await endpoint(t)
  const { queue, end } = open({ url, maxBatchSpans: 2 })
  end('a', 'b', 'c')
  await until(1)
  await queue.forceFlush()
  assert.deepEqual(
    requests.map(({ names }) => names),
    [['a', 'b'], ['c']],
  )
  assert.equal(requests[0]?.headers['content-type'], 'application/x-protobuf')
  assert.deepEqual(queue.statistics(), { exported: 3, droppedFull: 0, droppedUndelivered: 0, queued: 0 })
  const quick = open({ url, delayMs: 1 })
  quick.end('d')
  await until(3)
  await queue.shutdown()
  await quick.queue.shutdown()
})

test('gzip, and headers of the user', async t => {
  const { url, requests } = await endpoint(t)
  const { queue, end } = open({ url, compression: 'gzip', headers: { authorization: 'Bearer x' } })
  end('a')
  await queue.shutdown()
  assert.deepEqual(requests[0]?.names, ['a'])
  assert.equal(requests[0]?.headers.authorization, 'Bearer x')
})

test('tried again while the server asks for it, and delivered once', async t => {
  const busy: Answer = response => response.writeHead(503, { 'retry-after': '0' }).end('busy')
  const { url, requests } = await endpoint(t, busy, response => response.destroy(), ok)
  const { queue, end, losses } = open({ url })
  end('a')
  await queue.forceFlush()
  assert.equal(requests.length, 3)
  assert.deepEqual([queue.statistics().exported, losses], [1, []])
  await queue.shutdown()
})

test('what is refused is not tried again, and the loss is a span of the next request', async t => {
  const no: Answer = response => response.writeHead(400).end('span 1 has no id')
  const { url, requests } = await endpoint(t, no, ok)
  const { queue, end, losses } = open({ url })
  end('a', 'b')
  await queue.forceFlush()
  assert.match(losses[0] ?? '', /^2: http.* answers 400: span 1 has no id$/)
  assert.equal(queue.statistics().droppedUndelivered, 2)
  await queue.forceFlush()
  assert.deepEqual(requests[1]?.names, ['spans dropped'])
  await queue.shutdown()
})

test('what has no room is dropped and counted: the last that fits, the first that does not', async t => {
  const held = deferred()
  const { url, requests } = await endpoint(t, response => void held.promise.then(() => response.end()), ok)
  const { queue, end, losses } = open({ url, maxBatchSpans: 2, maxQueuedSpans: 3 })
  end('a', 'b', 'c')
  assert.equal(queue.statistics().droppedFull, 0)
  end('d', 'e')
  assert.deepEqual([queue.statistics().droppedFull, losses.length], [2, 1])
  held.resolve()
  await queue.forceFlush()
  assert.deepEqual(
    requests.map(({ names }) => names),
    [
      ['a', 'b'],
      ['c', 'spans dropped'],
    ],
  )
  end('f')
  await queue.shutdown()
  assert.deepEqual(requests[2]?.names, ['f'])
})

test('a process that ends takes what was not answered, and a shutdown waits for no further tries', async t => {
  const never = deferred()
  const { url, until } = await endpoint(t, response => void never.promise.then(() => response.end()))
  const { queue, end } = open({ url, maxBatchSpans: 1 })
  end('a')
  await until(1)
  end('b')
  const names = queue
    .takeUnsent()
    .flatMap(body => decodeTraces(body).resourceSpans[0]?.scopeSpans[0]?.spans.map(({ name }) => name))
  assert.deepEqual(names, ['a', 'b'])
  assert.deepEqual(queue.takeUnsent(), [])
  never.resolve()

  const gone = open({ url: 'http://127.0.0.1:1/v1/traces' })
  gone.end('a')
  await gone.queue.shutdown()
  assert.equal(gone.queue.statistics().droppedUndelivered, 1)
  assert.match(gone.losses[0] ?? '', /ECONNREFUSED/)
})

test('a server that goes on answering for ever is given up when the time is over', async t => {
  const drip: Answer = response => {
    const dripping = setInterval(() => response.write('x'), 5)
    response.on('close', () => clearInterval(dripping))
  }
  const { url } = await endpoint(t, drip)
  const { queue, end, losses } = open({ url, timeoutMs: 100, retryMs: 0 })
  end('a')
  await queue.forceFlush()
  assert.match(losses[0] ?? '', /no answer from .* within 100 ms/)
  await queue.shutdown()
})

test('headers that none may have, and a listener that throws, are losses and nothing worse', async t => {
  const { url } = await endpoint(t)
  const { queue, end, losses } = open({ url, headers: { authorization: 'Bearer \u2713' } })
  end('a')
  await queue.forceFlush()
  assert.match(losses[0] ?? '', /no request can be made/)
  assert.deepEqual([queue.statistics().droppedUndelivered, queue.statistics().queued], [1, 0])
  await queue.shutdown()

  const onLoss = () => {
    throw new Error('not mine')
  }
  const deaf = open({ url: 'http://127.0.0.1:1/', retryMs: 0, onLoss })
  deaf.end('a')
  await deaf.queue.forceFlush()
  deaf.end('b')
  await deaf.queue.forceFlush()
  assert.equal(deaf.queue.statistics().droppedUndelivered, 2)
  await deaf.queue.shutdown()
})

test('a span that cannot be encoded is lost alone', async t => {
  const { url, requests } = await endpoint(t)
  const { queue, losses } = open({ url })
  const tracer = createTracerProvider({ sink: queue }).getTracer('t')
  const serialize = (): string => {
    throw new Error('no state')
  }
  const traceState = { serialize, get: () => undefined, set: () => traceState, unset: () => traceState }
  const context = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1, traceState }
  tracer.startSpan('before').end()
  tracer.startSpan('lost', { links: [{ context }] }).end()
  tracer.startSpan('after').end()
  await queue.forceFlush()
  assert.deepEqual(requests[0]?.names, ['before', 'after', 'spans dropped'])
  assert.match(losses[0] ?? '', /^1: a span could not be encoded: Error: no state$/)
  await queue.shutdown()
})

test('spans that a server rejects of a request that it takes are counted as lost', async t => {
  const partial = encodeExportResponse({ rejectedSpans: 2, errorMessage: 'too old' })
  const { url } = await endpoint(t, response => response.end(partial), ok)
  const { queue, end, losses } = open({ url })
  end('a', 'b', 'c')
  await queue.forceFlush()
  assert.match(losses[0] ?? '', /^2: .* rejects spans: too old$/)
  assert.deepEqual(queue.statistics(), { exported: 1, droppedFull: 0, droppedUndelivered: 2, queued: 0 })
  await queue.shutdown()
})

test('a time that is longer than a timer can wait is as long as one can', async t => {
  const { url, requests } = await endpoint(t)
  const { queue, end, losses } = open({ url, timeoutMs: 2 ** 31, delayMs: Number.POSITIVE_INFINITY })
  end('a')
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual([requests.length, queue.statistics().queued], [0, 1])
  await queue.forceFlush()
  assert.deepEqual([queue.statistics().exported, losses], [1, []])
  await queue.shutdown()
})

test('what ends after a shutdown is not sent', async t => {
  const { url, requests } = await endpoint(t)
  const { queue, end } = open({ url })
  await queue.shutdown()
  end('late')
  await queue.forceFlush()
  assert.deepEqual([requests.length, queue.statistics().queued], [0, 0])
})
