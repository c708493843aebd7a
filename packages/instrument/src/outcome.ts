import { warnOnce } from './warn.ts'

/**
 * Calls a function of the application and tells when it has settled, whether it returns at once or a promise.
 * What it returns or throws reaches the caller unchanged; what the listeners throw does not.
 */
export function whenSettled<Result>(
  call: () => Result,
  onResult: (result: unknown) => void,
  onError: (error: unknown) => void,
): Result {
  let result: Result
  try {
    result = call()
  } catch (error) {
    tell(onError, error)
    throw error
  }
  if (!isThenable(result)) {
    tell(onResult, result)
    return result
  }
  return result.then(
    (value: unknown) => {
      tell(onResult, value)
      return value
    },
    (error: unknown) => {
      tell(onError, error)
      throw error
    },
  ) as Result
}

/** Tells a listener of ours how something ended; what the listener throws is one warning. */
function tell(listener: (outcome: unknown) => void, outcome: unknown): void {
  try {
    listener(outcome)
  } catch (error) {
    warnOnce('The end of an operation could not be traced', error)
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
