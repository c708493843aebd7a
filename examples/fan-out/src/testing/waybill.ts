import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TraceResponse, TraceSearchResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { runGuarded, untilLine } from '@waybill/brokers'

/** A Waybill of the tests' own, with an empty store, and what it is asked. */
export interface TestWaybill {
  readonly url: string
  readonly zipkinUrl: string
  /** The trace, once it has at least that many spans. */
  trace(traceId: string, spans: number): Promise<TraceResponse>
  /** Ids of the traces that a query finds, once there are at least that many. */
  find(q: string, traces: number): Promise<readonly string[]>
  stop(): Promise<void>
}

const startMs = 60_000
const askMs = 60_000

export async function startWaybill(): Promise<TestWaybill> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fan-out-waybill-'))
  const program = fileURLToPath(new URL('../../../../apps/server/bin/waybill.js', import.meta.url))
  const running = runGuarded({
    command: process.execPath,
    args: [program, 'serve'],
    env: { WAYBILL_DATA: dataDir, WAYBILL_LOG_LEVEL: 'warn', WAYBILL_PORTS: 'free' },
    graceMs: 10_000,
  })
  const lines = (await untilLine(running, /^ready\s/, startMs)).join('\n')
  const address = (name: string): string => new RegExp(`^${name} +(\\S+?)/?$`, 'm').exec(lines)?.[1] ?? ''
  const url = address('ready')

  /** Asks until the answer is as wanted. Throws, with the last answer, when it does not come to that. */
  async function answer<Answer>(path: string, isWanted: (answer: Answer) => boolean): Promise<Answer> {
    const end = performance.now() + askMs
    for (;;) {
      const response = await fetch(`${url}${path}`)
      const found = (await response.json()) as Answer
      if (response.ok && isWanted(found)) return found
      if (performance.now() > end) throw new Error(`${path} answers ${JSON.stringify(found).slice(0, 2000)}`)
      await delay(100)
    }
  }

  return {
    url,
    zipkinUrl: address('zipkin'),
    trace: (traceId, spans) =>
      answer<TraceResponse>(apiPaths.trace(traceId), ({ trace }) => trace.spans.length >= spans),
    async find(q, wanted) {
      const path = `${apiPaths.traces}?${new URLSearchParams({ q, last: '1h', limit: '100' })}`
      const { traces } = await answer<TraceSearchResponse>(path, ({ traces }) => traces.length >= wanted)
      return traces.map(({ traceId }) => traceId)
    },
    async stop() {
      await running.end()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A trace as a tree of lines: `eshop checkout`, children indented, in the order they started. */
export function outline({ trace }: TraceResponse): readonly string[] {
  const below = (parent: string, indent: string): readonly string[] =>
    trace.spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .flatMap(span => [`${indent}${span.service} ${span.name}`, ...below(span.spanId, `${indent}  `)])
  return below('', '')
}
