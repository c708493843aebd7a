import { unixMsOf } from '@waybill/model'

const two = (number: number) => String(number).padStart(2, '0')

/** `14:02:11`, in the visitor's zone. */
export function clockTime(unixMs: number): string {
  const at = new Date(unixMs)
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** `14:02:11.408`, in the visitor's zone; from nanoseconds as text. */
export function exactClockTime(unixNano: string): string {
  const ms = Math.floor(unixMsOf(unixNano))
  return `${clockTime(ms)}.${String(ms % 1000).padStart(3, '0')}`
}

/** `Nov 21`, with the year where it is not this one. */
export function dayOf(unixMs: number, now = Date.now()): string {
  const at = new Date(unixMs)
  const year = at.getFullYear() === new Date(now).getFullYear() ? undefined : ('numeric' as const)
  return at.toLocaleDateString('en', { month: 'short', day: 'numeric', ...(year && { year }) })
}

/** Time of day alone where `unixMs` lies today, with the day before it otherwise. */
export function shortTime(unixMs: number, now = Date.now()): string {
  const sameDay = new Date(unixMs).toDateString() === new Date(now).toDateString()
  return sameDay ? clockTime(unixMs) : `${dayOf(unixMs, now)} ${clockTime(unixMs)}`
}

/** The whole time in the visitor's zone and in UTC, for titles. */
export function fullTime(unixNano: string): string {
  const at = new Date(unixMsOf(unixNano))
  return `${dayOf(at.getTime())} ${at.getFullYear()}, ${exactClockTime(unixNano)} · ${at.toISOString()}`
}

const ages = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const

/** `4 min ago`; `just now` below a minute. */
export function ageOf(unixMs: number, now = Date.now()): string {
  for (const [unit, size] of ages)
    if (now - unixMs >= size) return `${Math.floor((now - unixMs) / size)} ${unit} ago`
  return now >= unixMs - 1000 ? 'just now' : 'in the future'
}

/** `1,284 traces`, `1 trace`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`
}
