const units = [
  ['ms', 1_000_000n],
  ['µs', 1_000n],
  ['ns', 1n],
] as const

/**
 * A duration as Go writes it (time.Duration.String): `1h2m3.5s`, `250ms`, `-1.5µs`, `0s`. Warnings of
 * Jaeger's API have durations in this form.
 */
export function formatGoDuration(nano: bigint): string {
  if (nano < 0n) return `-${formatGoDuration(-nano)}`
  if (nano === 0n) return '0s'
  for (const [unit, size] of units)
    if (nano < 1_000_000_000n && nano >= size) return `${decimal(nano, size)}${unit}`
  const minutes = nano / 60_000_000_000n
  const seconds = `${decimal(nano % 60_000_000_000n, 1_000_000_000n)}s`
  if (minutes === 0n) return seconds
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`
}

function decimal(nano: bigint, size: bigint): string {
  const rest = nano % size
  if (rest === 0n) return String(nano / size)
  const digits = String(size).length - 1
  return `${nano / size}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`
}
