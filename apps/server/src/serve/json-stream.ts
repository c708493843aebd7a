import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'

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

/** An answer that has begun: its first characters, and what is still to come. */
export interface StartedText {
  readonly text: string
  /** Undefined where the text is all there is. */
  readonly rest: AsyncGenerator<string> | undefined
}

/** Answers of so many characters go out in one, and can still become an error on the way. */
const shortAnswer = 256 * 1024
/** Pieces of an answer are written in lots of so many characters. */
const lotLength = 64 * 1024

/** Takes pieces until `most` characters are there: a short answer is then whole, and a long one has begun. */
export async function startText(pieces: AsyncGenerator<string>, most = shortAnswer): Promise<StartedText> {
  let text = ''
  while (text.length <= most) {
    const piece = await pieces.next()
    if (piece.done === true) return { text, rest: undefined }
    text += piece.value
  }
  return { text, rest: pieces }
}

/** Sends it with its length where it is whole, else as it comes. @param onError see {@link textStream}. */
export async function sendText(
  reply: FastifyReply,
  { text, rest }: StartedText,
  onError: (error: unknown) => void,
): Promise<FastifyReply> {
  if (rest === undefined) return reply.send(text)
  if (reply.request.method !== 'HEAD') return reply.send(textStream(inLots(text, rest), onError))
  await rest.return(undefined)
  return reply.send(Readable.from([]))
}

async function* inLots(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first
  let lot = ''
  for await (const piece of rest) {
    lot += piece
    if (lot.length < lotLength) continue
    yield lot
    lot = ''
  }
  if (lot !== '') yield lot
}
