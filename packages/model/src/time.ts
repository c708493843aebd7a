/**
 * Times are decimal texts of nanoseconds since 1970, as OTLP/JSON writes a fixed64. Differences between them
 * are numbers of nanoseconds: exact up to 104 days, far beyond any trace.
 */

const unitNano = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5, the micro sign
  μs: 1e3, // U+03BC, the Greek letter
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
  w: 604_800e9,
} as const satisfies Record<string, number>

/** Pairs of units with the duration that is too long for them. */
const unitPairs = [
  { large: 'm', small: 's', smallNano: 1e9, perLarge: 60, limit: 3_600 },
  { large: 'h', small: 'm', smallNano: 60e9, perLarge: 60, limit: 1_440 },
  { large: 'd', small: 'h', smallNano: 3_600e9, perLarge: 24, limit: Number.POSITIVE_INFINITY },
] as const

/** From here three digits of seconds would read `60 s`. */
const minuteFromNano = 59.95e9

const decimalUnits = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const

/**
 * A duration as people say it: three digits and one unit below a minute (`2.41 s`, `180 ms`, `85 µs`), two
 * units above (`1 h 44 m`, `3 d 2 h`). Zeros at the end are left out: `2.1 s`, `2 h`.
 *
 * @param nano nanoseconds; negative durations get a minus sign (U+2212).
 */
export function formatDuration(nano: number): string {
  if (nano < 0) return `−${formatDuration(-nano)}`
  if (nano >= minuteFromNano) return formatLong(nano)
  for (const [unit, size] of decimalUnits) {
    const number = Number((nano / size).toPrecision(3))
    if (number >= 1) return `${number} ${unit}`
  }
  return nano === 0 ? '0 ms' : `${Number(nano.toPrecision(3))} ns`
}

/** The first pair of units that holds the duration, rounded to the smaller of the two. */
function formatLong(nano: number): string {
  for (const { large, small, smallNano, perLarge, limit } of unitPairs) {
    const smalls = Math.round(nano / smallNano)
    if (smalls >= limit) continue
    const whole = `${Math.floor(smalls / perLarge)} ${large}`
    return smalls % perLarge === 0 ? whole : `${whole} ${smalls % perLarge} ${small}`
  }
  return '∞'
}

/**
 * Reads a duration: Go's texts (`1.2s`, `100ms`, `1h15m30.9s`; time.ParseDuration), with days and weeks
 * beside (`2d`, `1w`), and what {@link formatDuration} writes (`1 h 44 m`).
 *
 * @returns nanoseconds, rounded to whole ones, or undefined where the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^\s*([-+−]?)(.*?)\s*$/.exec(text)
  const sign = match?.[1]
  const rest = match?.[2]
  if (!rest) return undefined
  if (rest === '0') return 0
  const term = /(\d+\.?\d*|\.\d+)\s*(ns|us|µs|μs|ms|s|m|h|d|w)\s*/y
  let total = 0
  while (term.lastIndex < rest.length) {
    const part = term.exec(rest)
    if (part === null) return undefined
    total += Number(part[1]) * unitNano[part[2] as keyof typeof unitNano]
  }
  const nano = Math.round(total)
  return sign === '-' || sign === '−' ? -nano : nano
}

/** `later - earlier` in nanoseconds; negative where `later` lies before. */
export function elapsedNano(earlier: string, later: string): number {
  return Number(BigInt(later) - BigInt(earlier))
}

/** The time that lies `nano` nanoseconds after `time`. */
export function addNano(time: string, nano: number): string {
  return String(BigInt(time) + BigInt(Math.round(nano)))
}

/** Orders two times: negative where `a` is earlier, 0 where they are equal. For `sort`. */
export function compareTimes(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** Milliseconds since 1970, as `Date` wants them, with the part below a millisecond as a fraction. */
export function unixMsOf(time: string): number {
  const nano = BigInt(time)
  return Number(nano / 1_000_000n) + Number(nano % 1_000_000n) / 1e6
}

/** The time of a number of milliseconds since 1970; fractions are kept to the nanosecond. */
export function timeOfUnixMs(unixMs: number): string {
  const whole = Math.floor(unixMs)
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((unixMs - whole) * 1e6)))
}
