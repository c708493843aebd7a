import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { tellTrace } from '@waybill/model/story'
import { z } from 'zod'
import type { RunningServer } from './test-server.ts'
import { runServer } from './test-server.ts'

/*
 * The requests of Grafana's data sources for Jaeger and Zipkin, written as Grafana writes them (grafana/grafana,
 * pkg/tsdb/jaeger/client.go and grpc_client.go, pkg/tsdb/zipkin/client.go; datasource.ts of versions before 11.6),
 * and the types that it reads the answers into: Go refuses what is of another type. docs/jaeger-api.md lists them.
 */

const startMs = Math.floor(Date.now() / 1000) * 1000 - 120_000
const endMs = startMs + 120_000
const shift = BigInt(startMs) * 1_000_000n - 1_700_000_000_000_000_000n
const moved = (time: string) => String(BigInt(time) + shift)
const told = tellTrace(0x1a, [
  {
    id: 1,
    name: 'POST /order',
    service: 'web shop',
    kind: 'server',
    at: [0, 60],
    attributes: { ratio: 0.5 },
  },
  { id: 2, parent: 1, name: 'send', service: 'web shop', kind: 'producer', at: [10, 50] },
  {
    id: 3,
    parent: 2,
    name: 'process',
    service: 'billing',
    kind: 'consumer',
    at: [100, 200],
    error: true,
    links: [{ id: 2, attributes: { 'messaging.kafka.offset': 7 } }],
  },
])
const trace = {
  ...told,
  spans: told.spans.map(span => ({
    ...span,
    startTimeUnixNano: moved(span.startTimeUnixNano),
    endTimeUnixNano: moved(span.endTimeUnixNano),
    events: [
      { timeUnixNano: moved(span.endTimeUnixNano), name: 'done', attributes: [], droppedAttributesCount: 0 },
    ],
  })),
}
const id = '0000000000000000000000000000001a'

let server: RunningServer
before(async () => {
  server = await runServer()
  await server.send(trace)
})
after(() => server.stop())

async function read<Schema extends z.ZodType>(url: string, schema: Schema): Promise<z.infer<Schema>> {
  const reply = await fetch(url)
  const text = await reply.text()
  assert.equal(reply.status, 200, `${url}: ${text}`)
  return schema.parse(JSON.parse(text))
}

// Go's encoding/json takes null for any of these.
const int = z.int()
const keyValue = z.object({ key: z.string(), type: z.string(), value: z.unknown() })
const names = z.object({
  data: z.array(z.string()),
  total: int,
  limit: int,
  offset: int,
  errors: z.unknown(),
})
const traces = z.object({
  data: z.array(
    z.object({
      traceID: z.string(),
      processes: z.record(z.string(), z.object({ serviceName: z.string(), tags: z.array(keyValue) })),
      warnings: z.array(z.string()).nullable(),
      spans: z.array(
        z.object({
          traceID: z.string(),
          spanID: z.string(),
          processID: z.string(),
          operationName: z.string(),
          startTime: int,
          duration: int,
          logs: z.array(z.object({ timestamp: int, fields: z.array(keyValue) })),
          references: z.array(z.object({ refType: z.string(), spanID: z.string(), traceID: z.string() })),
          tags: z.array(keyValue),
          warnings: z.array(z.string()).nullable(),
          flags: int.optional(),
        }),
      ),
    }),
  ),
})
const links = z.object({
  data: z.array(z.object({ parent: z.string(), child: z.string(), callCount: int })),
  errors: z.array(z.object({ code: int, msg: z.string() })).nullable(),
})

test('Jaeger: the health check and the lists of services and operations', async () => {
  assert.deepEqual((await read(`${server.url}/api/services`, names)).data, ['billing', 'web shop'])
  // url.JoinPath leaves the space to be escaped as %20, datasource.ts calls encodeURIComponent
  const operations = await read(`${server.url}/api/services/web%20shop/operations`, names)
  assert.deepEqual(operations.data, ['POST /order', 'send'])
})

test('Jaeger: search, as the backend and as older front ends write it', async () => {
  const tags = '%7B%22messaging.kafka.offset%22%3A%227%22%7D'
  const range = `start=${startMs}000&end=${endMs}000`
  const searches = {
    [`end=${endMs}000&limit=20&maxDuration=1s&minDuration=1ms&operation=POST+%2Forder&service=web+shop&start=${startMs}000`]: 1,
    [`service=web%20shop&operation=POST%20%2Forder&minDuration=1ms&limit=20&${range}&lookback=custom`]: 1,
    [`limit=20&service=billing&tags=%7B%22error%22%3A%22true%22%7D`]: 1,
    [`limit=20&service=billing&tags=${tags}&${range}`]: 0,
    [`limit=20&service=billing&minDuration=1s&${range}`]: 0,
  }
  for (const [search, found] of Object.entries(searches)) {
    const { data } = await read(`${server.url}/api/traces?${search}`, traces)
    assert.equal(data.length, found, search)
  }
})

test('Jaeger: a trace by its id, with and without the hint of a time', async () => {
  for (const hint of ['', `?end=${endMs}000&start=${startMs}000`]) {
    const { data } = await read(`${server.url}/api/traces/${id}${hint}`, traces)
    const [found] = data
    assert.deepEqual(
      found?.spans.map(span => [span.operationName, span.references.map(reference => reference.refType)]),
      [
        ['POST /order', []],
        ['send', ['CHILD_OF']],
        ['process', ['CHILD_OF', 'FOLLOWS_FROM']],
      ],
    )
  }
  const missing = await fetch(`${server.url}/api/traces/1b`)
  assert.equal(missing.status, 404)
})

test('Jaeger: the service graph', async () => {
  const { data, errors } = await read(
    `${server.url}/api/dependencies?endTs=${endMs}&lookback=${endMs - startMs}`,
    links,
  )
  assert.deepEqual([data, errors], [[{ parent: 'web shop', child: 'billing', callCount: 1 }], null])
})

const value = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string() }),
  z.strictObject({ doubleValue: z.number() }),
])
const attributes = z.array(z.object({ key: z.string(), value })).optional()
const otlp = z.object({
  result: z.object({
    resourceSpans: z.array(
      z.object({
        resource: z.object({ attributes }),
        scopeSpans: z.array(
          z.object({
            scope: z.object({ name: z.string().optional(), version: z.string().optional() }),
            spans: z.array(
              z.object({
                traceId: z.string(),
                spanId: z.string(),
                parentSpanId: z.string().optional(),
                name: z.string(),
                kind: int,
                startTimeUnixNano: z.string(),
                endTimeUnixNano: z.string(),
                attributes,
                links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes })).optional(),
                status: z.object({ code: int.optional(), message: z.string().optional() }),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
})
const spansIn = ({ result }: z.infer<typeof otlp>) =>
  result.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
  )

test('Jaeger by api_v3: services, operations, search and a trace', async () => {
  const services = z.object({ services: z.array(z.string()) })
  assert.deepEqual(await read(`${server.url}/api/v3/services`, services), {
    services: ['billing', 'web shop'],
  })
  const operations = z.object({ operations: z.array(z.object({ name: z.string(), spanKind: z.string() })) })
  assert.deepEqual(await read(`${server.url}/api/v3/operations?service=web+shop`, operations), {
    operations: [
      { name: 'POST /order', spanKind: 'server' },
      { name: 'send', spanKind: 'producer' },
    ],
  })
  // Grafana escapes all but the times
  const times = `start_time_min=${goTime(startMs, 120)}&query.start_time_max=${goTime(endMs, 120)}`
  const search = `query.duration_min=1ms&query.service_name=web+shop&query.${times}`
  assert.deepEqual(spansIn(await read(`${server.url}/api/v3/traces?${search}`, otlp)), [
    'POST /order',
    'send',
    'process',
  ])
  for (const hint of ['', `?start_time=${goTime(startMs, 0)}&end_time=${goTime(endMs, 0)}`])
    assert.equal(spansIn(await read(`${server.url}/api/v3/traces/${id}${hint}`, otlp)).length, 3)
})

/** Go's RFC3339Nano in a zone so many minutes east; no fraction where there is none. */
function goTime(unixMs: number, minutesEast: number): string {
  const text = new Date(unixMs + minutesEast * 60_000).toISOString().replace('.000Z', '')
  return `${text}${minutesEast === 0 ? 'Z' : `+0${minutesEast / 60}:00`}`
}

const zipkinSpan = z.object({
  traceId: z.string(),
  id: z.string(),
  parentId: z.string().optional(),
  name: z.string(),
  kind: z.enum(['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER']).optional(),
  timestamp: int,
  duration: int,
  localEndpoint: z.object({ serviceName: z.string() }),
  annotations: z.array(z.object({ timestamp: int, value: z.string() })).optional(),
  tags: z.record(z.string(), z.string()).optional(),
})

test('Zipkin: services, spans, traces and a trace', async () => {
  const texts = z.array(z.string())
  const url = `${server.receiverUrl('zipkin')}/api/v2`
  assert.deepEqual(await read(`${url}/services`, texts), ['billing', 'web shop'])
  assert.deepEqual(await read(`${url}/spans?serviceName=web+shop`, texts), ['POST /order', 'send'])
  const found = await read(
    `${url}/traces?serviceName=web+shop&spanName=POST+%2Forder`,
    z.array(z.array(zipkinSpan)),
  )
  assert.deepEqual(
    found.map(spans => spans.length),
    [3],
  )
  const spans = await read(`${url}/trace/${id}`, z.array(zipkinSpan))
  assert.deepEqual(
    spans.map(span => span.kind),
    ['SERVER', 'PRODUCER', 'CONSUMER'],
  )
  assert.equal((await fetch(`${url}/trace/1b`)).status, 404)
})
