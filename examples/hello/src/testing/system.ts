import type { TestWaybill } from '@waybill/example-testing/waybill'
import { startWaybill } from '@waybill/example-testing/waybill'
import type { RunningHello } from '../start.ts'
import { startHello } from '../start.ts'

/** The example with a real Waybill, on free ports. */
export interface TestSystem {
  readonly waybill: TestWaybill
  readonly hello: RunningHello
  stop(): Promise<void>
}

export async function startSystem(): Promise<TestSystem> {
  const waybill = await startWaybill()
  try {
    const hello = await startHello({
      jaegerEndpoint: `${waybill.jaegerUrl}/api/traces`,
      jaegerAgent: waybill.jaegerAgent,
    })
    return {
      waybill,
      hello,
      async stop() {
        await hello.stop()
        await waybill.stop()
      },
    }
  } catch (error) {
    await waybill.stop()
    throw error
  }
}
