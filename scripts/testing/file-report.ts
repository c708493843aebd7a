import { inspect } from 'node:util'
import type { Counts } from './counts.ts'

/** What node:test says about a test that ended. */
export interface TestEvent {
  readonly name: string
  readonly nesting: number
  readonly line?: number | undefined
  readonly skip?: string | boolean | undefined
  readonly todo?: string | boolean | undefined
  readonly details: { readonly type?: string | undefined; readonly error?: unknown }
}

/** Collects what happens in one test file until it has ended. */
export class FileReport {
  readonly #file: string
  readonly #failures: string[] = []
  readonly #skips: string[] = []
  #output = ''
  readonly #counts = { passed: 0, failed: 0, skipped: 0 }

  constructor(file: string) {
    this.#file = file
  }

  /** A test or a suite of tests passed or was skipped. */
  addPassed(event: TestEvent): void {
    if (event.details.type === 'suite') return
    if (event.skip || event.todo) this.#counts.skipped++
    else this.#counts.passed++
    if (typeof event.skip === 'string') this.#skips.push(`! ${event.name} skipped: ${event.skip}`)
  }

  /** A test failed, or a suite because of one of its tests, which is told already. */
  addFailed(event: TestEvent): void {
    if (event.details.type === 'suite' && isBecauseOfSubtest(event.details.error)) return
    this.#counts.failed++
    this.#failures.push(`✗ ${this.#file}:${event.line ?? 1} ${event.name}\n${explain(event.details.error)}`)
  }

  /** The file as a whole failed: it could not be loaded, has no test in it, or its process ended badly. */
  addFileFailure(reason: string): void {
    this.#counts.failed++
    this.#failures.push(`✗ ${this.#file}: ${reason}`)
  }

  /** Something the file's process printed. */
  addOutput(text: string): void {
    this.#output += text
  }

  get counts(): Counts {
    return { ...this.#counts, failures: this.#failures }
  }

  /** One line if all went well, and one for each test that says why it was skipped; what failed and what was printed. */
  lines(durationMs: number): readonly string[] {
    const { passed, failed, skipped } = this.#counts
    const parts = [
      `${passed} passed`,
      failed > 0 ? `${failed} failed` : '',
      skipped > 0 ? `${skipped} skipped` : '',
    ]
    const time = `${(durationMs / 1000).toFixed(1)} s`
    const line = `${failed > 0 ? '✗' : '✓'} ${this.#file}  ${parts.filter(Boolean).join(', ')}  (${time})`
    if (failed === 0) return [line, ...this.#skips]
    return [
      line,
      ...this.#skips,
      ...this.#failures,
      ...(this.#output.trim() === '' ? [] : ['Printed:', this.#output.trimEnd()]),
    ]
  }
}

function isBecauseOfSubtest(error: unknown): boolean {
  return error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed'
}

/** The error a test threw, which node:test wraps in one of its own, without the runner's part of the stack. */
function explain(error: unknown): string {
  const thrown = error instanceof Error && error.cause !== undefined ? error.cause : error
  // A failed assertion's message shows the difference already; its properties would show both sides again.
  const isAssertion = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_ASSERTION'
  const text = isAssertion ? (thrown.stack ?? thrown.message) : inspect(thrown)
  return text
    .replaceAll(/^ +at .*node:internal.*\n?/gm, '')
    .trimEnd()
    .replaceAll(/^/gm, '    ')
}
