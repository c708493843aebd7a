/**
 * A reason not to start that the person at the terminal can do something about: shown as it is, one line,
 * without a stack.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError'
  /** 2 for wrong configuration or usage, 1 for all else. */
  readonly exitCode: number

  constructor(message: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.exitCode = options.exitCode ?? 1
  }
}

/** The code of a system error (`EADDRINUSE`, `EACCES`), or undefined where there is none. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
