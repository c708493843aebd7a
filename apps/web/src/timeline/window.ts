/** The part of a scale that is on the screen, in places of the scale: 0 to 1 is all of it. */
export interface DrawnWindow {
  readonly from: number
  readonly to: number
}

export const wholeWindow: DrawnWindow = { from: 0, to: 1 }

/** The least that a window shows: one millionth of the scale. */
const smallest = 1e-6

/** Where a place of the scale is on the screen: 0 at the left end of the lane, 1 at its right end. */
export function onScreen(window: DrawnWindow, drawn: number): number {
  return (drawn - window.from) / (window.to - window.from)
}

/** The place of the scale that is at a fraction of the lane. */
export function offScreen(window: DrawnWindow, fraction: number): number {
  return window.from + fraction * (window.to - window.from)
}

/** Shows `factor` times as much (less than 1 zooms in), with what is at `fraction` of the lane staying there. */
export function zoom(window: DrawnWindow, factor: number, fraction = 0.5): DrawnWindow {
  const length = Math.min(Math.max((window.to - window.from) * factor, smallest), 1)
  const from = offScreen(window, fraction) - fraction * length
  return within({ from, to: from + length })
}

/** Moves the window by a part of its own length; it stops at the ends of the scale. */
export function pan(window: DrawnWindow, lengths: number): DrawnWindow {
  const shift = (window.to - window.from) * lengths
  return within({ from: window.from + shift, to: window.to + shift })
}

/** The window between two places, whichever comes first, or undefined where they are too near to be meant. */
export function windowBetween(a: number, b: number): DrawnWindow | undefined {
  const [from, to] = a < b ? [a, b] : [b, a]
  return to - from < smallest ? undefined : within({ from, to })
}

export function isWhole(window: DrawnWindow): boolean {
  return window.from <= 0 && window.to >= 1
}

function within({ from, to }: DrawnWindow): DrawnWindow {
  const length = Math.min(to - from, 1)
  const start = Math.min(Math.max(from, 0), 1 - length)
  return { from: start, to: start + length }
}
