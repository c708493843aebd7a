import { apiPaths } from '@waybill/api'
import { ownValues } from './src/figures/figure.ts'
import { finishBench } from './src/figures/finish.ts'
import { startRecord } from './src/figures/run-record.ts'
import type { Answer } from './src/get.ts'
import { get, quantile } from './src/get.ts'
import { httpConnection } from './src/load/http-connection.ts'
import { largeTrace } from './src/load/large-trace.ts'
import { untilReadable } from './src/load/readable.ts'
import { sendAll } from './src/load/send.ts'
import { startServer } from './src/servers/server-under-test.ts'
import { waybill } from './src/servers/waybill.ts'

/* One trace of 50,000 spans, read whole: how soon its first byte and its last are there. */

const spanCount = 50_000
const askedTimes = 11
const traceId = '5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e'

async function read(url: string): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let i = 0; i < askedTimes; i++) {
    const answer = await get(url)
    if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body.toString()}`)
    answers.push(answer)
  }
  return answers
}

const sorted = (answers: readonly Answer[], of: 'firstByteMs' | 'wholeMs'): readonly number[] =>
  answers.map(answer => answer[of]).sort((a, b) => a - b)

const finishRecord = startRecord('large-trace', { spans: spanCount })
const server = await startServer(waybill)
try {
  const requests = largeTrace(traceId, spanCount, Date.now() - 3_600_000)
  await sendAll([httpConnection(server.intakeUrl)], requests)
  await untilReadable(server, [traceId], spanCount)
  const native = await read(`${server.queryUrl}${apiPaths.trace(traceId)}`)
  const jaeger = await read(server.dialect.traceUrl(server.queryUrl, traceId))
  const figures = {
    firstByteP50: quantile(sorted(native, 'firstByteMs'), 0.5),
    wholeP50: quantile(sorted(native, 'wholeMs'), 0.5),
    wholeWorst: quantile(sorted(native, 'wholeMs'), 1),
    jaegerWholeP50: quantile(sorted(jaeger, 'wholeMs'), 0.5),
    megabytes: (native[0]?.body.length ?? Number.NaN) / 1e6,
  }
  finishBench('large-trace', finishRecord(ownValues(figures)))
} finally {
  await server.stop()
}
