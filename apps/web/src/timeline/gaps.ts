import type { Stretch } from './scale.ts'

/** Shorter gaps than this part of the trace never count as gaps. */
const smallestGap = 0.01

/**
 * The stretches worth folding: no span runs in them, and they are so long that the work between them would
 * be hard to see. A message may wait meanwhile; a little of its waiting is left on both sides of the fold.
 * After folding, work takes at least a third of what is drawn.
 *
 * @param busy when spans run; in any order, overlapping as they like.
 */
export function foldableGaps(whole: Stretch, busy: readonly Stretch[]): readonly Stretch[] {
  const length = whole.endNano - whole.startNano
  const gaps = gapsBetween(whole, busy).filter(gap => gap.endNano - gap.startNano > length * smallestGap)
  const idle = gaps.reduce((sum, gap) => sum + gap.endNano - gap.startNano, 0)
  const work = length - idle
  // Half of the work's length is what all gaps together may keep; the other half is what makes folding pay.
  const edge = work / (4 * gaps.length)
  return gaps
    .filter(gap => gap.endNano - gap.startNano > work / gaps.length)
    .map(gap => ({ startNano: gap.startNano + edge, endNano: gap.endNano - edge }))
}

function gapsBetween(whole: Stretch, busy: readonly Stretch[]): readonly Stretch[] {
  const gaps: Stretch[] = []
  let at = whole.startNano
  for (const { startNano, endNano } of [...busy].sort((a, b) => a.startNano - b.startNano)) {
    if (startNano > at) gaps.push({ startNano: at, endNano: startNano })
    at = Math.max(at, endNano)
  }
  if (at < whole.endNano) gaps.push({ startNano: at, endNano: whole.endNano })
  return gaps
}
