import { createSocket } from 'node:dgram'
import { setTimeout } from 'node:timers/promises'
import { freePorts } from '@waybill/brokers'
import { jaegerCompact, kafkaSpans } from '@waybill/wire/samples'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { get } from './src/get.ts'
import { processUsage } from './src/process-usage.ts'
import type { RunningServer } from './src/servers/server-under-test.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/*
 * What Jaeger's clients send by UDP, at a fixed rate: no answer slows the sender down, so what Waybill cannot take
 * is lost. In datagrams as full as clients make them, and with one span in each.
 */

const spansPerSecond = 20_000
const seconds = Number(process.env['BENCH_SECONDS'] ?? 30)
/** The sender keeps to its rate in steps of this. */
const stepMs = 5
const distinctDatagrams = 64
/** 60 kB in compact thrift; clients split their batches at 65,000 bytes. */
const spansPerFullDatagram = 125

const finishRecord = startRecord('udp', { 'spans/s': spansPerSecond, seconds })
const full = await measure(spansPerFullDatagram)
const single = await measure(1)
finishBench(
  'udp',
  finishRecord(
    ownValues({
      lostFull: full.lost,
      cpuFull: full.cpuMicrosPerSpan,
      lostSingle: single.lost,
      cpuSingle: single.cpuMicrosPerSpan,
    }),
  ),
)

interface Outcome {
  /** Spans that were sent and are not among the accepted ones. */
  readonly lost: number
  readonly cpuMicrosPerSpan: number
}

async function measure(spansPerDatagram: number): Promise<Outcome> {
  const [port = 0] = await freePorts(1)
  const server = await startServer(waybill, undefined, { WAYBILL_JAEGER_COMPACT_PORT: String(port) })
  try {
    const before = processUsage(server.pid).cpuMs
    const { sent, takenSeconds } = await sendAtRate(port, spansPerDatagram)
    const accepted = await acceptedSpans(server, sent, spansPerDatagram)
    const cpuMs = processUsage(server.pid).cpuMs - before
    const rate = Math.round(sent / takenSeconds).toLocaleString('en')
    console.log(`${spansPerDatagram} a datagram: sent ${sent} spans, ${rate} a second; accepted ${accepted}`)
    return { lost: sent - accepted, cpuMicrosPerSpan: (cpuMs * 1000) / sent }
  } finally {
    await server.stop()
  }
}

async function sendAtRate(
  port: number,
  spansPerDatagram: number,
): Promise<{ readonly sent: number; readonly takenSeconds: number }> {
  const spans = kafkaSpans(distinctDatagrams * spansPerDatagram)
  const datagrams = Array.from({ length: distinctDatagrams }, (_, index) =>
    jaegerCompact(spans.slice(index * spansPerDatagram, (index + 1) * spansPerDatagram)),
  )
  const socket = createSocket('udp4')
  const total = Math.floor((spansPerSecond * seconds) / spansPerDatagram)
  const send = (datagram: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(datagram, port, '127.0.0.1', error => (error === null ? resolve() : reject(error)))
    })
  const startMs = performance.now()
  for (let sent = 0; sent < total; ) {
    const dueUntilNow = ((performance.now() - startMs) / 1000) * (spansPerSecond / spansPerDatagram)
    const sending: Promise<void>[] = []
    for (; sent < Math.min(dueUntilNow, total); sent++)
      sending.push(send(datagrams[sent % distinctDatagrams] as Uint8Array))
    await Promise.all(sending)
    await setTimeout(stepMs)
  }
  const takenSeconds = (performance.now() - startMs) / 1000
  socket.close()
  return { sent: total * spansPerDatagram, takenSeconds }
}

/** Spans that the receiver has accepted, once all are accounted for, or nothing has changed for ten seconds. */
async function acceptedSpans(server: RunningServer, sent: number, spansPerDatagram: number): Promise<number> {
  const waitMs = 500
  let accounted = -1
  for (let unchanged = 0; ; unchanged++) {
    const { body } = await get(new URL('/metrics', server.readyUrl).href)
    const accepted = counterIn(body.toString(), 'waybill_spans_accepted_total')
    const lost = counterIn(body.toString(), 'waybill_datagrams_lost_total') * spansPerDatagram
    if (accepted + lost !== accounted) unchanged = 0
    accounted = accepted + lost
    if (accounted >= sent || unchanged * waitMs >= 10_000) return accepted
    await setTimeout(waitMs)
  }
}

function counterIn(metrics: string, name: string): number {
  return Number(new RegExp(`^${name}\\{receiver="jaeger-compact"\\} (\\d+)$`, 'm').exec(metrics)?.[1] ?? 0)
}
