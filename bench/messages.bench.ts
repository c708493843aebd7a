import { apiPaths } from '@waybill/api'
import { openDataset } from './src/dataset.ts'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import { httpConnection } from './src/load/http-connection.ts'
import type { MessageDay } from './src/load/message-day.ts'
import { messageDay, messageRoundMs, roundsPerDay, topicCount, topicName } from './src/load/message-day.ts'
import { untilReadable } from './src/load/readable.ts'
import { sendAll } from './src/load/send.ts'
import { searchUrl, timeKind } from './src/native-api.ts'
import { diskBytes } from './src/process-usage.ts'
import type { Request } from './src/requests.ts'
import type { RunningServer } from './src/servers/server-under-test.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/* A day of messages in fifty topics: the questions that nobody else answers. */

const hourMs = 3_600_000
const connections = 4
const askedTimes = 40
const wantedRows = Number(process.env['BENCH_SPANS'] ?? 10_000_000)
/** Every message but one in fifty has two rows. */
const messagesPerTopic = Math.max(12, Math.round(wantedRows / 1.98 / roundsPerDay / topicCount))

function* everything(day: MessageDay): Iterable<Request> {
  for (let round = 0; round < roundsPerDay; round++) yield* day.round(round)
}

async function fill(folder: string, day: MessageDay): Promise<void> {
  const server = await startServer(waybill, folder)
  try {
    const startMs = performance.now()
    const connected = Array.from({ length: connections }, () => httpConnection(server.intakeUrl))
    const { spans } = await sendAll(connected, everything(day))
    await untilReadable(server, day.lastTracesOf(roundsPerDay - 1), 1)
    console.log(`${spans} rows in ${((performance.now() - startMs) / 1000).toFixed(0)} s`)
  } finally {
    await server.halt()
  }
}

async function ask(
  server: RunningServer,
  day: MessageDay,
  startUnixMs: number,
): Promise<Readonly<Record<string, number>>> {
  const base = server.queryUrl
  const journeyUrl = (n: number): string => {
    const [round, message] = [(n * 37) % roundsPerDay, (n * 13) % day.messagesPerTopic]
    const { topic, partition, offset } = day.coordinatesOf(round, (n * 7) % topicCount, message)
    return `${base}${apiPaths.journey('kafka', topic, partition, offset)}`
  }
  const unconsumedUrl = (n: number): string => {
    const hourStart = startUnixMs + ((n % 20) + 2) * hourMs
    const range = { startUnixMs: hourStart, endUnixMs: hourStart + hourMs }
    return searchUrl(base, `is:unconsumed topic:${topicName((n * 7) % topicCount)}`, range)
  }
  const waitsUrl = (n: number): string => {
    const range = { start: String(startUnixMs - n), end: String(startUnixMs + 24 * hourMs) }
    const parameters = new URLSearchParams({ destination: topicName((n * 7) % topicCount), ...range })
    return `${base}${apiPaths.waits}?${parameters}`
  }
  return {
    ...(await timeKind(server, 'coordinates', journeyUrl, askedTimes)),
    ...(await timeKind(server, 'unconsumed', unconsumedUrl, askedTimes)),
    ...(await timeKind(server, 'waiting', waitsUrl, askedTimes)),
  }
}

const finishRecord = startRecord('messages', { 'messages a topic and five minutes': messagesPerTopic })
const dataset = openDataset(
  'messages',
  messagesPerTopic,
  Date.now() - roundsPerDay * messageRoundMs - 10 * 60_000,
)
const day = messageDay(dataset.startUnixMs, messagesPerTopic)
try {
  if (!dataset.isFilled) {
    await fill(dataset.folder, day)
    dataset.markFilled()
  }
  const server = await startServer(waybill, dataset.folder)
  let questions: Readonly<Record<string, number>>
  try {
    questions = await ask(server, day, dataset.startUnixMs)
  } finally {
    await server.halt()
  }
  const bytesPerRow = diskBytes(dataset.folder) / (roundsPerDay * day.spansPerRound)
  finishBench('messages', finishRecord(ownValues({ bytesPerRow, ...questions })))
} finally {
  dataset.release()
}
