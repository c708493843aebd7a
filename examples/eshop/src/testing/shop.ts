import type { KafkaBroker } from '@waybill/brokers'
import { startLocalKafka } from '@waybill/brokers'
import type { TestWaybill } from '@waybill/example-testing/waybill'
import { startWaybill } from '@waybill/example-testing/waybill'
import type { EshopOptions, RunningEshop } from '../start.ts'
import { startEshop } from '../start.ts'

/** A real Kafka and a real Waybill, in front of which the shop runs with one setting of its switches after the other. */
export interface Ground {
  readonly kafka: KafkaBroker
  readonly waybill: TestWaybill
  stop(): Promise<void>
}

export async function prepareGround(): Promise<Ground> {
  // A Kafka of its own: the topic and the group have the article's names, and other files use them at the same time.
  const [kafka, waybill] = await Promise.allSettled([startLocalKafka(), startWaybill()])
  const stop = async (): Promise<void> => {
    for (const each of [waybill, kafka]) if (each.status === 'fulfilled') await each.value.stop()
  }
  if (kafka.status === 'fulfilled' && waybill.status === 'fulfilled')
    return { kafka: kafka.value, waybill: waybill.value, stop }
  await stop()
  throw kafka.status === 'rejected'
    ? kafka.reason
    : waybill.status === 'rejected'
      ? waybill.reason
      : undefined
}

export type Switches = Partial<Pick<EshopOptions, 'report' | 'messages' | 'view' | 'onLine'>>

export function startShop(
  { kafka, waybill }: Omit<Ground, 'stop'>,
  switches: Switches = {},
): Promise<RunningEshop> {
  return startEshop({
    kafkaBrokers: kafka.brokers,
    waybillUrl: waybill.url,
    otlpEndpoint: waybill.otlpUrl,
    zipkinEndpoint: `${waybill.zipkinUrl}/api/v2/spans`,
    port: 0,
    report: 'otlp',
    messages: 'on',
    view: 'conventions',
    ...switches,
  })
}

/** An answer of the shop's, and the trace of the request. */
export interface CheckedOut {
  readonly httpStatus: number
  readonly order: string
  readonly traceId: string
}

/** Checks out: with GET without a body, else with POST. */
export async function checkOut({ url }: RunningEshop, body?: string): Promise<CheckedOut> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: body ?? '' }
  const response = await fetch(`${url}/checkout`, body === undefined ? {} : init)
  const text = await response.text()
  return {
    httpStatus: response.status,
    order: /"order":"(\w+)"/.exec(text)?.[1] ?? '',
    // traceresponse (W3C Trace Context Level 2): version-traceid-spanid-flags.
    traceId: response.headers.get('traceresponse')?.split('-')[1] ?? '',
  }
}
