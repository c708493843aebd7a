import type { ReactNode } from 'react'

/** How many service colours the tokens have: `--s1` to `--s8`. */
const colours = 8

const slots = new Map<string, number>()

/** The colour of a service, the same on every page and every visit: a token chosen by a hash of the name. */
export function serviceColour(name: string): string {
  let slot = slots.get(name)
  if (slot === undefined) {
    slot = (hashText(name) % colours) + 1
    slots.set(name, slot)
  }
  return `var(--s${slot})`
}

/** FNV-1a, 32 bits, with a final mixing so that names differing in one digit spread over few slots. */
function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 12)) >>> 0
}

/** The dot that stands beside a service's name. */
export function ServiceDot({ name }: { readonly name: string }): ReactNode {
  return <span className="dot" style={{ background: serviceColour(name) }} aria-hidden />
}

/** The dot that stands beside a destination's name. */
export function WaitDot(): ReactNode {
  return <span className="dot is-round wait" aria-hidden />
}
