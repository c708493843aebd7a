const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))$/

/**
 * Reads a time as Go's RFC3339Nano has it, to the nanosecond: `2026-11-21T15:00:00.123456789Z`, with an offset
 * in place of the `Z` too.
 *
 * @returns nanoseconds since 1970, or undefined where the text is no such time.
 */
export function parseInstant(text: string): bigint | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  // What the calendar does not have, such as 30 February, comes out as another day.
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24
  if (!isReal || minute > 59 || second > 59) return undefined
  const fraction = BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
  const offsetMinutes = Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0)
  const offset = BigInt(match[9] === '-' ? -offsetMinutes : offsetMinutes) * 60_000_000_000n
  return BigInt(date.getTime()) * 1_000_000n + fraction - offset
}
