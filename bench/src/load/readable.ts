import { get } from '../get.ts'
import type { RunningServer } from '../servers/server-under-test.ts'

const boundMs = 300_000

/** How many spans a server has of a trace; 0 while it has none. */
export async function spansOf(server: RunningServer, traceId: string): Promise<number> {
  const { status, body } = await get(server.dialect.traceUrl(server.queryUrl, traceId))
  return status === 200 ? server.dialect.spansIn(JSON.parse(body.toString())) : 0
}

/**
 * Waits until each of the traces can be read with at least so many spans.
 *
 * @throws Error where that takes more than five minutes.
 */
export async function untilReadable(
  server: RunningServer,
  traceIds: readonly string[],
  spansPerTrace: number,
): Promise<void> {
  const startMs = performance.now()
  for (const traceId of traceIds)
    while ((await spansOf(server, traceId)) < spansPerTrace) {
      if (performance.now() - startMs > boundMs)
        throw new Error(`${server.name}: trace ${traceId} is not readable after ${boundMs / 1000} s`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
}
