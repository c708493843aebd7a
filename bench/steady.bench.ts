import { encodeTracesJson } from '@waybill/wire/otlp'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { httpConnection } from './src/load/http-connection.ts'
import { sendPaced } from './src/load/paced.ts'
import { processUsage } from './src/process-usage.ts'
import { seededRandom } from './src/random.ts'
import type { Request } from './src/requests.ts'
import { requestSource, roundMs } from './src/requests.ts'
import { serversFound } from './src/servers/found.ts'
import type { ServerRecipe } from './src/servers/server-under-test.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/*
 * What a server costs while it runs beside others, at the rates that most of them see: nothing at all, a span a second,
 * ten small requests a second, ten full ones. Nobody asks anything meanwhile.
 */

const seconds = Number(process.env['BENCH_SECONDS'] ?? 15)
/** Work that is put off is paid for all the same: so much longer a rate's CPU is counted. */
const afterwardsSeconds = 3

interface Rate {
  readonly key: string
  readonly requestsPerSecond: number
  requests(): Iterator<Request>
}

const random = seededRandom(11)

/** Spans of one service, as small as those of a health check. */
function* small(spans: number): Generator<Request> {
  const service = { key: 'service.name', value: { stringValue: 'probe' } }
  for (;;) {
    const nowNano = BigInt(Date.now()) * 1_000_000n
    const one = () => ({
      traceId: random.hex(32),
      spanId: random.hex(16),
      name: 'GET /health',
      kind: 2,
      startTimeUnixNano: String(nowNano),
      endTimeUnixNano: String(nowNano + 1_000_000n),
    })
    const scopeSpans = [{ spans: Array.from({ length: spans }, one) }]
    const resourceSpans = [{ resource: { attributes: [service] }, scopeSpans }]
    yield { body: Buffer.from(encodeTracesJson({ resourceSpans })), spans }
  }
}

const rounds = Math.ceil(seconds / 10) + 1
const source = requestSource(Date.now() - (rounds + 1) * roundMs)
const rates: readonly Rate[] = [
  { key: 'idle', requestsPerSecond: 0, requests: () => small(1) },
  { key: 'one', requestsPerSecond: 1, requests: () => small(1) },
  { key: 'hundred', requestsPerSecond: 10, requests: () => small(10) },
  { key: 'fiveThousand', requestsPerSecond: 10, requests: () => source.rounds(0, rounds)[Symbol.iterator]() },
]

/** Milliseconds of CPU a second, for each rate. */
async function measure(recipe: ServerRecipe): Promise<Readonly<Record<string, number>>> {
  const figures: Record<string, number> = {}
  const server = await startServer(recipe)
  const connection = httpConnection(server.intakeUrl)
  try {
    for (const { key, requestsPerSecond, requests } of rates) {
      const encoded = encodedFor(recipe, requests())
      const before = processUsage(server.pid).cpuMs
      await sendPaced(connection, encoded, requestsPerSecond, seconds)
      await sendPaced(connection, encoded, 0, afterwardsSeconds)
      figures[key] = (processUsage(server.pid).cpuMs - before) / seconds
      console.log(`${recipe.name}, ${key}: ${figures[key]?.toFixed(1)} ms of CPU a second`)
    }
    return figures
  } finally {
    connection.close()
    await server.stop()
  }
}

function* encodedFor({ dialect }: ServerRecipe, requests: Iterator<Request>): Generator<Request> {
  for (let next = requests.next(); !next.done; next = requests.next())
    yield { body: dialect.encode(next.value.body), spans: next.value.spans }
}

const { servers, missing } = await serversFound(process.env)
const finishRecord = startRecord('steady', { seconds, 'spans a full request': 512 })
const values: Record<string, Record<string, number>> = {}
const lost: string[] = []
for (const recipe of servers) {
  const figures = await measure(recipe).catch((error: Error) => {
    if (recipe === waybill) throw error
    lost.push(`${recipe.name} failed: ${error.message.split('\n')[0]}`)
    return {}
  })
  for (const [key, value] of Object.entries(figures)) values[key] = { ...values[key], [recipe.name]: value }
}
finishBench('steady', finishRecord(values, [...missing, ...lost]))
