import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Items written at a time: some 100 kB, and a few milliseconds of the event loop. */
const itemsAtATime = 100

/**
 * A stream of pieces of text. An error on the way destroys it, and with it the connection: a client sees that
 * the answer is not whole. Where the client is gone the generator is left.
 */
export function textStream(pieces: AsyncGenerator<string>): Readable {
  return Readable.from(pieces, { objectMode: false })
}

/**
 * The items as JSON, with commas between them but not around; others get their turn now and then.
 *
 * @param afterOthers whether items have been written before these.
 */
export async function* jsonItems(items: readonly unknown[], afterOthers = false): AsyncGenerator<string> {
  for (let at = 0; at < items.length; at += itemsAtATime) {
    const some = items.slice(at, at + itemsAtATime).map(item => JSON.stringify(item))
    yield (at > 0 || afterOthers ? ',' : '') + some.join(',')
    await nextTurn()
  }
}
