/** How the tests of a suite ended. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What failed, each with its place and its reason; told where it happens and once more at the end of a run. */
  readonly failures: readonly string[]
}

export const nothing: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] }

/** One test that failed, or one thing that counts as such. */
export function failure(text: string): Counts {
  return { ...nothing, failed: 1, failures: [text] }
}

/** The sum over suites. */
export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
      failures: [...total.failures, ...one.failures],
    }),
    nothing,
  )
}

/** The line that closes a suite. */
export function closingLine({
  passed,
  failed,
  skipped,
}: Pick<Counts, 'passed' | 'failed' | 'skipped'>): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** What closes a run: what failed, which stands thousands of lines above, and the sum. */
export function closing(total: Counts): string {
  const failures = total.failures.length > 0 ? ['── failed ──', ...total.failures, ''] : []
  return ['', ...failures, closingLine(total)].join('\n')
}

/** A run in which nothing passed has shown nothing, so it has failed, too. */
export function isSuccess({ passed, failed }: Pick<Counts, 'passed' | 'failed'>): boolean {
  return failed === 0 && passed > 0
}
