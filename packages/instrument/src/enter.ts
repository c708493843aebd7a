import type { Context, ContextManager } from '@opentelemetry/api'
import { context as contexts } from '@opentelemetry/api'

/** What can make a context active without calling a function: a part of Node's AsyncLocalStorage. */
interface Store {
  enterWith(context: Context): void
}

/** OpenTelemetry's AsyncLocalStorageContextManager, and those that extend it, keep their store under this name. */
interface ManagerWithStore extends ContextManager {
  readonly _asyncLocalStorage?: Store
}

interface ContextApi {
  _getContextManager?(): ManagerWithStore
}

/** A context that was entered, and how to leave it. */
export interface Entered {
  readonly context: Context
  readonly before: Context
}

/**
 * Makes a context active for what the caller of the caller does from now on: an async function keeps it over its
 * awaits, those that called that function do not see it. To be called only from where an async function has just
 * been resumed, since everything below on the stack would be in the context, too. Undefined where the context
 * manager that is registered cannot do it: OpenTelemetry's API itself has no such function.
 */
export function enterContext(context: Context): Entered | undefined {
  const store = currentStore()
  if (store === undefined) return undefined
  const before = contexts.active()
  store.enterWith(context)
  return { context, before }
}

/** Leaves a context for the one before it, if it is still the one that is active: strangers stay in theirs. */
export function leaveContext({ context, before }: Entered): void {
  if (contexts.active() === context) currentStore()?.enterWith(before)
}

function currentStore(): Store | undefined {
  const store = (contexts as unknown as ContextApi)._getContextManager?.()._asyncLocalStorage
  return typeof store?.enterWith === 'function' ? store : undefined
}
