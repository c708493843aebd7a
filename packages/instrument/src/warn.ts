const warned = new Set<string>()
const maxCauses = 200

/**
 * Says once for each cause that something of the instrumentation did not work, as a process warning of type
 * `WaybillInstrument`. Tracing that fails must be noticed, but neither the application nor its log may suffer.
 */
export function warnOnce(cause: string, error?: unknown): void {
  if (warned.has(cause) || warned.size >= maxCauses) return
  warned.add(cause)
  process.emitWarning(error === undefined ? cause : `${cause}: ${reasonOf(error)}`, {
    type: 'WaybillInstrument',
  })
}

/** Whether something is so, of a value that may be anything: what throws when it is looked at is not. */
export function holds(test: () => boolean): boolean {
  try {
    return test()
  } catch {
    return false
  }
}

/** What was thrown, as text. It may be anything, also what cannot be made a text. */
export function reasonOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'something that is no text'
  }
}

/**
 * Runs code of ours on behalf of the application. What it throws becomes one warning, and `undefined` comes
 * back: nothing of ours may reach the application as an exception.
 */
export function guarded<Result>(cause: string, run: () => Result): Result | undefined {
  try {
    return run()
  } catch (error) {
    warnOnce(cause, error)
    return undefined
  }
}
