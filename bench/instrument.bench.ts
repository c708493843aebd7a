import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startKafka } from '@waybill/brokers'
import { own, untraced } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { cells, keyOf, measureBroker, measureCell, sampledCases } from './src/instrument/matrix.ts'
import { installThird } from './src/instrument/opentelemetry-3.ts'
import type { Contender } from './src/instrument/setting.ts'

/*
 * What tracing adds to a message, CPU: @waybill/instrument on @waybill/tracer and on OpenTelemetry's SDK, beside
 * OpenTelemetry's own instrumentations on that SDK. Around clients that do nothing, with the last spans kept in
 * memory; with export to a server that takes everything; and with a real Kafka. Every cell is a process of its own,
 * all cells take turns, and the minimum of all rounds counts.
 */

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
const messages = Number(process.env['BENCH_MESSAGES'] ?? 60_000)
const columns: readonly (readonly [Contender, string])[] = [
  ['waybill', own],
  ['opentelemetry-2', 'OpenTelemetry 2'],
  ['opentelemetry-3', 'OpenTelemetry 3'],
]

const missing: string[] = []
const finishRecord = startRecord('instrument', { rounds, 'messages through Kafka': messages })
const noThird = await installThird()
if (noThird !== undefined) missing.push(noThird)
const contenders: readonly Contender[] = [
  'bare',
  'opentelemetry-2',
  ...(noThird === undefined ? ['opentelemetry-3' as const] : []),
  'waybill',
  'waybill-on-sdk',
]
const samples = await measureStubs()
const throughKafka = await measureKafka()
finishBench('instrument', finishRecord({ ...stubValues(samples), ...brokerValues(throughKafka) }, missing))

/** Nanoseconds a message of every cell. */
async function measureStubs(): Promise<ReadonlyMap<string, readonly number[]>> {
  let requests = 0
  const sink = createServer((request, response) => {
    requests++
    request.on('end', () => response.end())
    request.resume()
  }).listen(0, '127.0.0.1')
  await once(sink, 'listening')
  const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/v1/traces`
  const found = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const cell of cells(contenders)) {
      const key = keyOf(cell)
      requests = 0
      found.set(key, [...(found.get(key) ?? []), ...(await measureCell(cell, url))])
      if (cell.spans === 'export' && requests === 0) throw new Error(`${cell.contender} has exported nothing`)
    }
    console.log(`round ${round + 1} of ${rounds}`)
  }
  sink.closeAllConnections()
  sink.close()
  return found
}

/** Microseconds a message of every contender and figure, round by round. */
async function measureKafka(): Promise<ReadonlyMap<string, readonly number[]>> {
  const kafka = await startKafka()
  const found = new Map<string, number[]>()
  try {
    for (let round = 0; round < rounds; round++)
      for (const contender of contenders) {
        const values = await measureBroker(contender, messages, kafka.brokers)
        for (const [figure, value] of Object.entries(values)) {
          const key = `${figure} ${contender}`
          found.set(key, [...(found.get(key) ?? []), value])
        }
      }
  } finally {
    await kafka.stop()
  }
  return found
}

type Row = Record<string, number>

/** What a contender adds, by this measure of its samples. */
function addedBy(
  found: ReadonlyMap<string, readonly number[]>,
  key: (contender: Contender) => string,
  measure: (values: readonly number[]) => number,
): (contender: Contender) => number | undefined {
  const bare = measure(found.get(key('bare')) ?? [0])
  return contender => {
    const values = found.get(key(contender))
    return values === undefined ? undefined : measure(values) - bare
  }
}

function rowOf(added: (contender: Contender) => number | undefined, ours: Contender = 'waybill'): Row {
  const row: Row = {}
  for (const [contender, column] of columns) {
    const value = added(contender === 'waybill' ? ours : contender)
    if (value !== undefined) row[column] = value
  }
  return row
}

function stubValues(found: ReadonlyMap<string, readonly number[]>): Record<string, Row> {
  const least = (name: string, spans: string, bareName = name) =>
    addedBy(
      found,
      contender => (contender === 'bare' ? `${bareName} bare ring` : `${name} ${contender} ${spans}`),
      minimum,
    )
  const rows: Record<string, Row> = {}
  for (const name of sampledCases) {
    const sampled = least(name, 'ring')
    rows[name] = { ...rowOf(sampled), [untraced]: minimum(found.get(`${name} bare ring`) ?? []) }
    rows[`${name}-median`] = rowOf(addedBy(found, contender => `${name} ${contender} ring`, median))
    rows[`${name}-sdk`] = rowOf(sampled, 'waybill-on-sdk')
    const unsampled = least(name, 'off')
    rows[`${name}-unsampled`] = rowOf(contender => {
      const [part, whole] = [unsampled(contender), sampled(contender)]
      return part === undefined || whole === undefined ? undefined : part / whole
    })
  }
  rows['consumeAckSettle'] = rowOf(least('consumeAckSettle', 'ring', 'consumeAck'))
  rows['export'] = rowOf(least('export', 'export', 'send1'))
  rows['export-sdk'] = rowOf(least('export', 'export', 'send1'), 'waybill-on-sdk')
  return rows
}

function brokerValues(found: ReadonlyMap<string, readonly number[]>): Record<string, Row> {
  const rows: Record<string, Row> = {}
  for (const figure of ['brokerSend100', 'brokerEachMessage', 'brokerEachBatch'])
    rows[figure] = {
      ...rowOf(addedBy(found, contender => `${figure} ${contender}`, minimum)),
      [untraced]: minimum(found.get(`${figure} bare`) ?? []),
    }
  return rows
}

function minimum(values: readonly number[]): number {
  return Math.min(...values)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
