import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { metrics } from '@opentelemetry/api'
import { DataPointType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { endProcess, startProcess } from '../../packages/instrument/src/process.ts'
import { endSend, failSend, startSend } from '../../packages/instrument/src/send.ts'
import { endSettle, startSettle } from '../../packages/instrument/src/settle.ts'
import { readEnvironment } from '../../packages/instrument/src/start/environment.ts'
import { kafkaRoutes } from '../../packages/instrument/src/systems/kafka.ts'
import { messagingTracing } from '../../packages/instrument/src/tracing.ts'

/** The README of packages/instrument names every variable, option and metric that there is, and no other. */

const home = new URL('../../packages/instrument/', import.meta.url)
const sources = new URL('src/', home)
const readme = await readFile(new URL('README.md', home), 'utf8')

/** The rows below a heading or the line of a table's head, without the head. */
function rowsAfter(text: string): readonly (readonly string[])[] {
  const start = readme.indexOf(text)
  assert.ok(start >= 0, text)
  const lines = readme.slice(start).split('\n')
  const first = lines.findIndex(line => line.startsWith('|'))
  const table = lines.slice(first).slice(
    0,
    lines.slice(first).findIndex(line => !line.startsWith('|')),
  )
  return table.slice(2).map(row =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

/** What stands between backticks. */
const quoted = (text = ''): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)

/** The properties that an interface declares, whose source is small and regular. */
async function propertiesOf(file: string, name: string): Promise<readonly string[]> {
  const source = await readFile(new URL(file, sources), 'utf8')
  const [, body = ''] = new RegExp(`^export interface ${name} \\{\\n(.*?)^\\}`, 'ms').exec(source) ?? []
  const found = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, property = '']) => property)
  assert.ok(found.length > 0, name)
  return found
}

test('every variable that is read is in the table, and no other', async () => {
  const read = new Set<string>()
  for (const sampler of ['always_on', 'traceidratio', 'jaeger_remote'])
    readEnvironment(
      new Proxy<Record<string, string>>(
        { OTEL_TRACES_SAMPLER: sampler },
        {
          get(variables, name) {
            read.add(String(name))
            return Reflect.get(variables, name)
          },
        },
      ),
    )
  for await (const file of glob('**/*.ts', { cwd: sources }))
    if (!/\.(test|it)\.ts$|^testing\//.test(file)) {
      const source = await readFile(new URL(file, sources), 'utf8')
      for (const [, name = ''] of source.matchAll(/process\.env\['(\w+)'\]/g)) read.add(name)
    }
  const documented = rowsAfter('| Variable | Meaning').flatMap(([names]) => quoted(names))
  assert.deepEqual(documented.toSorted(), [...read].sort())
})

test('every option is in a table, and no other', async () => {
  const options = rowsAfter('## Options')
  const documented = options.flatMap(([names]) => quoted(names))
  assert.deepEqual(documented.toSorted(), [...(await propertiesOf('tracing.ts', 'MessagingOptions'))].sort())
  const meaning = (option: string) => quoted(options.find(([names]) => quoted(names).includes(option))?.[1])
  for (const property of await propertiesOf('rules.ts', 'MessageRule'))
    assert.ok(meaning('rules').includes(property), property)
  for (const property of await propertiesOf('capture.ts', 'CaptureOptions'))
    assert.ok(meaning('capture').includes(property), property)
})

test('every part of the configuration is in its table, and no other', async () => {
  const parts = new Map(
    rowsAfter('| Of the configuration').map(([name = '', ...more]) => [quoted(name)[0], quoted(more[0])]),
  )
  assert.deepEqual(
    [...parts.keys()].toSorted(),
    [...(await propertiesOf('config.ts', 'InstrumentConfig'))].sort(),
  )
  const requests = 'clients/http/rules.ts'
  for (const [part, file, name] of [
    ['requests', requests, 'RequestOptions'],
    ['requests', requests, 'RequestRule'],
    ['functions', 'start/functions.ts', 'FunctionRule'],
  ] as const)
    for (const property of await propertiesOf(file, name))
      assert.ok(parts.get(part)?.includes(property), `${part}: ${property}`)
})

class OnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

test('every metric is in the table, with its kind and unit, and every attribute of theirs below it', async () => {
  const reader = new OnDemand()
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  const rules = [{ destination: 'orders.*', template: 'orders.{id}' }]
  const peer = { server: { host: 'kafka-1', port: 9092 } }
  for (const options of [{ paths: true }, { paths: true, rules }]) {
    const route = kafkaRoutes(messagingTracing(options), 'stock')('orders.1', 0, peer)
    const sending = startSend(route, { headers: {} })
    endSend(sending)
    failSend(startSend(route, { headers: {} }), new Error('no'))
    endProcess(startProcess(route, { headers: sending.headers, timestampMs: Date.now() }))
    endSettle(startSettle(route, { name: 'commit' }))
  }
  const { resourceMetrics } = await reader.collect()
  const measured = resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics)
  const emitted = measured.map(({ descriptor: { name, unit }, dataPointType }) => [
    name,
    `${dataPointType === DataPointType.HISTOGRAM ? 'histogram' : 'counter'}, ${unit}`,
  ])
  const documented = rowsAfter('## Metrics').map(([name, kind]) => [quoted(name)[0], kind])
  assert.deepEqual(documented.toSorted(), emitted.toSorted())
  const attributes = new Set(
    measured.flatMap(({ dataPoints }) => dataPoints.flatMap(point => Object.keys(point.attributes))),
  )
  const [, below = ''] = /^Attributes: (.*?)\n\n/ms.exec(readme.slice(readme.indexOf('## Metrics'))) ?? []
  assert.deepEqual(quoted(below).toSorted(), [...attributes].sort())
})

test('each complaint has a test of the name that is given', async () => {
  const rows = (await readFile(new URL('COMPLAINTS.md', home), 'utf8'))
    .split('\n')
    .filter(line => line.startsWith('| ') && !line.startsWith('| Complaint'))
  assert.ok(rows.length >= 30)
  for (const row of rows) {
    const [, file = '', name = ''] = /`([^`]+)` "([^"]+)" \|$/.exec(row) ?? []
    const source = await readFile(new URL(file, sources), 'utf8')
    assert.ok(name !== '' && source.includes(name), row)
  }
})
