import { styleText } from 'node:util'

/** Looks that a piece of text can have. */
export type Look = 'bold' | 'dim' | 'red' | 'yellow' | 'cyan' | 'blue' | 'green' | 'magenta'

/** What is written to: how wide it is, and how it colours. */
export interface Terminal {
  readonly columns: number
  /** The text in a look; the text as it is where there are no colours. */
  readonly paint: (look: Look, text: string) => string
}

/**
 * The terminal behind a stream. A file or a pipe is 120 columns wide and has no colours; NO_COLOR and
 * FORCE_COLOR are heeded as Node does.
 */
export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  const colours = stream.isTTY === true && stream.hasColors()
  return {
    columns: stream.columns ?? 120,
    paint: (look, text) => (colours ? styleText(look, text, { validateStream: false }) : text),
  }
}

/** Writes text to stdout. That a reader such as `head` has gone is no error. */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, error => {
      if (error == null || ('code' in error && error.code === 'EPIPE')) resolve()
      else reject(error)
    })
  })
}

/**
 * Text from a span as it may be written to a terminal: control characters, escape sequences among them, and
 * marks that turn the direction of writing stand as a dot.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu, '·')
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** Columns that a text takes: two for wide characters (East Asian Width, UAX 11), none for combining marks. */
export function widthOf(text: string): number {
  let width = 0
  for (const char of text) width += wide.test(char) ? 2 : /\p{M}/u.test(char) ? 0 : 1
  return width
}

/** The text in exactly `width` columns: cut with an ellipsis, or filled with spaces on the right. */
export function fit(text: string, width: number): string {
  if (width <= 0) return ''
  const needed = widthOf(text)
  if (needed <= width) return text + ' '.repeat(width - needed)
  let cut = ''
  let taken = 0
  for (const char of text) {
    const next = widthOf(char)
    if (taken + next > width - 1) break
    cut += char
    taken += next
  }
  return `${cut}…${' '.repeat(width - taken - 1)}`
}

/** A time in the zone of the machine: `2026-11-21 14:02:11.408`. */
export function formatTime(unixMs: number): string {
  const date = new Date(unixMs)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** `1 span`, `14 spans`, `1,284 spans`. */
export function count(number: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`
}
