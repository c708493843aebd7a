import type { Context, Span, SpanOptions } from '@opentelemetry/api'
import { context, SpanStatusCode, trace } from '@opentelemetry/api'

const tracer = trace.getTracer('reports')

/**
 * Runs `work` in a span that is active meanwhile and ends whatever happens. An error is recorded and thrown on.
 *
 * @param parent what the span continues; by default whatever is active.
 */
export async function withSpan<Result>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<Result>,
  parent: Context = context.active(),
): Promise<Result> {
  const span = tracer.startSpan(name, options, parent)
  try {
    return await context.with(trace.setSpan(parent, span), work, undefined, span)
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error))
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) })
    throw error
  } finally {
    span.end()
  }
}
