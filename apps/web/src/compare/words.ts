import { formatDuration } from '@waybill/model'
import type { Difference } from './difference.ts'
import { isNotable } from './difference.ts'
import type { Step } from './steps.ts'

/** A sign and what it says: neither needs a colour. `tone` may colour it. */
export interface Mark {
  readonly sign: string
  readonly text: string
  readonly tone: 'worse' | 'better' | 'other'
}

/** What a step is called in a sentence: `waited in orders`, `billing charge card`. */
export function stepTitle({ kind, service, name }: Pick<Step, 'kind' | 'service' | 'name'>): string {
  if (kind === 'message') return `waited in ${name || 'a queue'}`
  if (kind === 'missing') return 'missing parent'
  return `${service || 'no service'} ${name || 'unnamed'}`
}

/** What is to be said of a step, the worst first; nothing where A and B are alike. */
export function marksOf(step: Pick<Step, 'kind'>, difference: Difference): readonly Mark[] {
  const { change, ownChange, fails, more } = difference
  const marks: Mark[] = []
  if (fails === 'both') marks.push({ sign: '✕', text: 'fails in both', tone: 'other' })
  else if (fails !== undefined) {
    const tone = fails === 'b' ? 'worse' : 'better'
    marks.push({ sign: '✕', text: `fails in ${fails.toUpperCase()} only`, tone })
  }
  const waits = step.kind === 'message'
  if (change === 'only a') marks.push({ sign: '−', text: 'only in A', tone: 'other' })
  if (change === 'only b') marks.push({ sign: '+', text: 'only in B', tone: 'other' })
  if (change === 'slower') marks.push({ sign: '▲', text: waits ? 'waits longer' : 'slower', tone: 'worse' })
  if (change === 'faster') marks.push({ sign: '▼', text: waits ? 'waits shorter' : 'faster', tone: 'better' })
  if (ownChange === 'slower') marks.push({ sign: '▲', text: 'itself slower', tone: 'worse' })
  if (ownChange === 'faster') marks.push({ sign: '▼', text: 'itself faster', tone: 'better' })
  if (more !== 0)
    marks.push({ sign: '×', text: `${Math.abs(more)} ${more > 0 ? 'more' : 'fewer'}`, tone: 'other' })
  return marks
}

/** `+2.9 s`, `−120 ms`, `0 ms`. */
export function signedDuration(nano: number): string {
  return nano > 0 ? `+${formatDuration(nano)}` : formatDuration(nano)
}

/** `×2.4`: how many times the first the second is; nothing where one of them is 0, or they are nearly equal. */
export function ratioText(from: number, to: number): string {
  if (from <= 0 || to <= 0) return ''
  const ratio = to / from
  const text = ratio >= 100 ? Math.round(ratio).toLocaleString('en') : String(Number(ratio.toPrecision(2)))
  return text === '1' ? '' : `×${text}`
}

/** A step's place in its list, and what is said of it. */
export interface Headline {
  readonly step: number
  readonly text: string
}

/**
 * The steps whose own times differ most, in words: `waited in orders: 2.1 s → 5 s`. Own times tell where a
 * difference came about; whatever stands above such a step only took it over.
 */
export function largestDifferences(
  steps: readonly Step[],
  differences: readonly Difference[],
  scaleNano: number,
  most: number,
): readonly Headline[] {
  const found: number[] = []
  for (const [index, step] of steps.entries())
    if (isNotable(step.a?.ownNano ?? 0, step.b?.ownNano ?? 0, scaleNano)) found.push(index)
  const size = (index: number) => Math.abs(differences[index]?.ownNano ?? 0)
  found.sort((a, b) => size(b) - size(a) || a - b)
  return found.slice(0, most).map(index => ({ step: index, text: timesText(steps, index) }))
}

function timesText(steps: readonly Step[], index: number): string {
  const step = steps[index] as Step
  const title = `${stepTitle(step)}${ofWhom(steps, step)}${isPartly(step) ? ' itself' : ''}`
  const { a, b } = step
  if (a === undefined) return `${title}: only in B, ${formatDuration(b?.ownNano ?? 0)}`
  if (b === undefined) return `${title}: only in A, ${formatDuration(a.ownNano)}`
  return `${title}: ${formatDuration(a.ownNano)} → ${formatDuration(b.ownNano)}`
}

/** Of several waits in one destination, who received the message tells them apart. */
function ofWhom(steps: readonly Step[], step: Step): string {
  if (step.kind !== 'message' || step.service === '') return ''
  const alike = steps.filter(
    other => other.kind === 'message' && other.name === step.name && other.service !== step.service,
  )
  return alike.length === 0 ? '' : ` for ${step.service}`
}

function isPartly({ a, b }: Step): boolean {
  return [a, b].some(side => side !== undefined && side.ownNano < side.busyNano)
}

/** Steps that fail in one of the traces only, and that nothing of the kind stands below: where it began. */
export function newFailures(
  steps: readonly Step[],
  differences: readonly Difference[],
  most: number,
): readonly Headline[] {
  const isNew = (index: number) => {
    const fails = differences[index]?.fails
    return fails !== undefined && fails !== 'both'
  }
  const above = new Set<number>()
  const found: Headline[] = []
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index] as Step
    if (!isNew(index) && !above.has(index)) continue
    if (step.parent !== -1) above.add(step.parent)
    if (above.has(index) || !isNew(index)) continue
    const side = differences[index]?.fails === 'a' ? 'A' : 'B'
    found.push({ step: index, text: `${stepTitle(step)}: fails in ${side} only` })
  }
  return found.reverse().slice(0, most)
}
