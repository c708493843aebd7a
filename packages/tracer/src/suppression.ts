import type { Context } from '@opentelemetry/api'
import { ROOT_CONTEXT } from '@opentelemetry/api'

/** How OpenTelemetry's packages say that what they do now shall not be traced (`suppressTracing`). */
const suppressKey = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** A context for what shall leave no trace: the tracer's own requests. */
export const suppressed: Context = ROOT_CONTEXT.setValue(suppressKey, true)

/** Whether what happens in a context shall leave no trace. */
export function isSuppressed(context: Context): boolean {
  return context.getValue(suppressKey) === true
}
