import { mkdirSync, writeFileSync } from 'node:fs'
import { jaegerQuestions, quantile, spansOf, timeQuestion } from './src/jaeger-api.ts'
import { diskBytes, processUsage } from './src/process-usage.ts'
import type { Request, RequestSource } from './src/requests.ts'
import { requestSource } from './src/requests.ts'
import { sendAll } from './src/send.ts'
import type { RunningServer, ServerRecipe } from './src/server-under-test.ts'
import { startServer } from './src/server-under-test.ts'
import { serversFound } from './src/servers.ts'

/** Rounds of about 52,000 spans. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 8)
const connections = 4
const askedTimes = 60
const spansPerTrace = 10

/** What one server did with the spans. Times in milliseconds, memory and disk in bytes. */
interface IngestFigures {
  readonly name: string
  readonly spans: number
  readonly acceptedPerSecond: number
  readonly readablePerSecond: number
  readonly cpuMicrosPerSpan: number
  readonly bytesPerSpan: number | undefined
  readonly peakRssBytes: number
  readonly anonymousBytes: number
  readonly retries: number
  readonly questions: Readonly<Record<string, { readonly p50: number; readonly p99: number }>>
}

async function measure(
  recipe: ServerRecipe,
  source: RequestSource,
  startUnixMs: number,
): Promise<IngestFigures> {
  const server = await startServer(recipe)
  try {
    const before = processUsage(server.pid)
    const startMs = performance.now()
    const { spans, retries } = await sendAll(server.otlpUrl, allRounds(source), connections)
    const acceptedMs = performance.now() - startMs
    await untilReadable(server, source)
    const readableMs = performance.now() - startMs
    const after = processUsage(server.pid)
    const questions = await ask(server, source, startUnixMs)
    const peak = processUsage(server.pid)
    // Closing writes what is still in memory, so that the disk holds all of it.
    await server.halt()
    return {
      name: server.name,
      spans,
      acceptedPerSecond: (spans / acceptedMs) * 1000,
      readablePerSecond: (spans / readableMs) * 1000,
      cpuMicrosPerSpan: ((after.cpuMs - before.cpuMs) * 1000) / spans,
      bytesPerSpan: server.durable ? diskBytes(server.folder) / spans : undefined,
      peakRssBytes: peak.peakRssBytes,
      anonymousBytes: after.anonymousBytes,
      retries,
      questions,
    }
  } finally {
    await server.stop()
  }
}

function* allRounds(source: RequestSource): Iterable<Request> {
  for (let round = 0; round < rounds; round++) yield* source.round(round)
}

/** Waits until traces of the last round, from its first to its last, can be read whole. */
async function untilReadable(server: RunningServer, source: RequestSource): Promise<void> {
  const sample = [0, 0.25, 0.5, 0.75, 1].map(
    share => source.traceIds[Math.floor((source.traceIds.length - 1) * share)] ?? '',
  )
  const deadline = performance.now() + 120_000
  for (const traceId of sample.map(id => source.traceIdIn(rounds - 1, id))) {
    while ((await spansOf(server.jaegerUrl, traceId)) < spansPerTrace) {
      if (performance.now() > deadline)
        throw new Error(`${server.name}: trace ${traceId} is not readable after 120 s`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
}

async function ask(
  server: RunningServer,
  source: RequestSource,
  startUnixMs: number,
): Promise<IngestFigures['questions']> {
  const traceId = source.traceIdIn(rounds >> 1, source.traceIds[100] ?? '')
  const range = { startUnixMs: startUnixMs - 60_000, endUnixMs: startUnixMs + (rounds + 2) * 60_000 }
  const tag = { service: 'shop', key: 'customer.tier', value: 'gold' }
  const figures: Record<string, { p50: number; p99: number }> = {}
  for (const [name, url] of Object.entries(jaegerQuestions(server.jaegerUrl, range, traceId, tag))) {
    await timeQuestion(url, 5)
    const times = await timeQuestion(url, askedTimes)
    figures[name] = { p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
  }
  return figures
}

function print(all: readonly IngestFigures[]): void {
  const own = all[0]
  if (own === undefined) return
  const row = (
    title: string,
    value: (figures: IngestFigures) => number | undefined,
    digits = 1,
  ): string[] => [
    title,
    ...all.map(figures => {
      const [mine, theirs] = [value(own), value(figures)]
      if (theirs === undefined) return '—'
      const ratio = figures === own || mine === undefined ? '' : ` (${(theirs / mine).toFixed(2)} ×)`
      return `${theirs.toFixed(digits)}${ratio}`
    }),
  ]
  const rows = [
    ['', ...all.map(figures => figures.name)],
    ['---', ...all.map(() => '---')],
    row('accepted, spans/s', figures => figures.acceptedPerSecond, 0),
    row('readable, spans/s', figures => figures.readablePerSecond, 0),
    row('CPU, µs a span', figures => figures.cpuMicrosPerSpan),
    row('on disk, bytes a span', figures => figures.bytesPerSpan),
    row('peak RSS, MB', figures => figures.peakRssBytes / 1e6, 0),
    row('anonymous memory after, MB', figures => figures.anonymousBytes / 1e6, 0),
    ...Object.keys(own.questions).flatMap(name => [
      row(`${name} p50, ms`, figures => figures.questions[name]?.p50),
      row(`${name} p99, ms`, figures => figures.questions[name]?.p99),
    ]),
  ]
  for (const cells of rows) console.log(`| ${cells.join(' | ')} |`)
}

const { servers, missing } = serversFound(process.env)
const startUnixMs = Date.now() - (rounds + 1) * 60_000
const source = requestSource(startUnixMs)
console.log(`${rounds * source.spansPerRound} spans, ${connections} connections, OTLP/HTTP protobuf`)
const figures: IngestFigures[] = []
for (const recipe of servers) {
  figures.push(await measure(recipe, source, startUnixMs))
  console.log(`measured ${recipe.name}`)
}
for (const line of missing) console.log(line)
print(figures)
mkdirSync('bench/results', { recursive: true })
writeFileSync('bench/results/ingest.json', `${JSON.stringify(figures, null, 2)}\n`)
