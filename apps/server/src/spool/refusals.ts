import { appendFile, readFile } from 'node:fs/promises'
import { systemCode } from '../startup-error.ts'
import type { Segment } from '../store/engine.ts'
import { refusalsSuffix } from './segment.ts'

/** A range of a segment's spans that the store refused as a whole. */
interface Refusal {
  readonly first: number
  /** Not part of the range. */
  readonly end: number
  readonly reason: string
}

/**
 * Which ranges of a segment's spans were refused, in a file beside it. A range that was refused once is never
 * loaded whole again, whatever a restart changes: its parts may be stored already, under tokens of their own.
 */
export interface Refusals {
  readonly size: number
  /** Why the range was refused; undefined where it was not. */
  reasonOf(first: number, end: number): string | undefined
  add(refusal: Refusal): Promise<void>
}

/** Reads what an earlier attempt wrote down. */
export async function openRefusals(segment: Segment): Promise<Refusals> {
  const path = segment.path + refusalsSuffix
  const known = new Map(parse(await readIfThere(path)).map(refusal => [keyOf(refusal), refusal.reason]))
  return {
    get size() {
      return known.size
    },
    reasonOf: (first, end) => known.get(keyOf({ first, end })),
    add: async refusal => {
      known.set(keyOf(refusal), refusal.reason)
      await appendFile(path, `${JSON.stringify(refusal)}\n`)
    },
  }
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  })
}

/** A crash may have cut the last line short; then its range was not split yet. */
function parse(text: string): readonly Refusal[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as Refusal)
}

function keyOf({ first, end }: Pick<Refusal, 'first' | 'end'>): string {
  return `${first}-${end}`
}
