import { jaeger } from './jaeger.ts'
import type { ServerRecipe } from './server-under-test.ts'
import { victoriaTraces } from './victoria-traces.ts'
import { waybill } from './waybill.ts'
import { zipkin } from './zipkin.ts'
import { zipkinJar } from './zipkin-jar.ts'

/**
 * Waybill and the peers that are found, with a line for each that is missing: Jaeger and VictoriaTraces where
 * JAEGER_BIN and VICTORIA_TRACES_BIN name their binaries, Zipkin where there is Java. BENCH_PEERS narrows them to
 * those whose names it holds, `BENCH_PEERS=zipkin,victoria`; empty leaves all out.
 */
export async function serversFound(env: Readonly<Record<string, string | undefined>>): Promise<{
  readonly servers: readonly ServerRecipe[]
  readonly missing: readonly string[]
}> {
  const wanted = env['BENCH_PEERS']?.toLowerCase().split(',').filter(Boolean)
  const isWanted = (name: string): boolean => wanted?.includes(name) ?? true
  const servers: ServerRecipe[] = [waybill]
  const missing: string[] = []
  const jaegerBin = env['JAEGER_BIN']
  if (!isWanted('jaeger')) missing.push('Jaeger is left out: BENCH_PEERS does not name it')
  else if (jaegerBin === undefined) missing.push('Jaeger is missing: JAEGER_BIN names no binary of it')
  else servers.push(jaeger(jaegerBin, 'badger'), jaeger(jaegerBin, 'memory'))
  const victoriaBin = env['VICTORIA_TRACES_BIN']
  if (!isWanted('victoria')) missing.push('VictoriaTraces is left out: BENCH_PEERS does not name it')
  else if (victoriaBin === undefined)
    missing.push('VictoriaTraces is missing: VICTORIA_TRACES_BIN names no binary of it')
  else servers.push(victoriaTraces(victoriaBin))
  if (!isWanted('zipkin')) missing.push('Zipkin is left out: BENCH_PEERS does not name it')
  else
    await zipkinJar().then(
      jar => servers.push(zipkin(jar)),
      (error: Error) => missing.push(`Zipkin is missing: ${error.message}`),
    )
  return { servers, missing }
}
