import type { Request } from '../requests.ts'
import type { Connection } from './send.ts'

/**
 * Posts requests at fixed times, as programs do that export by a timer: the n-th is due n / perSecond after the start,
 * and one that is late does not move those behind it.
 *
 * @param requests as many are taken as fit into the time; with none, only the time passes.
 */
export async function sendPaced(
  connection: Connection,
  requests: Iterator<Request>,
  perSecond: number,
  seconds: number,
): Promise<void> {
  const startMs = performance.now()
  for (let n = 0; n < perSecond * seconds; n++) {
    await at(startMs + (n * 1000) / perSecond)
    const next = requests.next()
    if (next.done) throw new Error('there are fewer requests than the time takes')
    while ((await connection.post(next.value.body)) !== undefined);
  }
  await at(startMs + seconds * 1000)
}

function at(timeMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, Math.max(0, timeMs - performance.now())))
}
