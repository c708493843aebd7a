import type { ExportStatistics } from '@waybill/tracer'

let read: (() => ExportStatistics) | undefined

/** Keeps where the numbers of the tracer that was started come from. */
export function keepStatistics(statistics: () => ExportStatistics): void {
  read = statistics
}

/**
 * How many spans zero-code start has delivered since, how many it has lost and why, how many wait: for a health page
 * or a metric of the application's. Undefined where it was not started, or where the application's SDK is used. What
 * was lost is also a span `spans dropped` at the backend.
 */
export function exportStatistics(): ExportStatistics | undefined {
  return read?.()
}
