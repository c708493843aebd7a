import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

/** Items written at a time: some 100 kB, and a few milliseconds of the event loop. */
const itemsAtATime = 100

/**
 * A stream of pieces of text. An error on the way destroys it, and with it the connection: a client sees that
 * the answer is not whole. Where the client is gone the generator is left.
 *
 * @param onError is told of such an error.
 */
export function textStream(pieces: AsyncGenerator<string>, onError: (error: unknown) => void): Readable {
  return Readable.from(observe(pieces, onError), { objectMode: false })
}

/** An error that is thrown in where a piece is taken is the client's going, and not told. */
async function* observe(
  pieces: AsyncGenerator<string>,
  onError: (error: unknown) => void,
): AsyncGenerator<string> {
  const take = () =>
    pieces.next().catch((error: unknown) => {
      onError(error)
      throw error
    })
  try {
    for (let piece = await take(); piece.done !== true; piece = await take()) yield piece.value
  } finally {
    await pieces.return(undefined)
  }
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
