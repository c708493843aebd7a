import type { TraceResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import type { Attributes, Resource, Scope, Span } from '@waybill/model'

/** A span with what it shares with others. */
export interface StoredSpan {
  readonly span: Span
  readonly resource: Resource | undefined
  readonly scope: Scope | undefined
}

/** Every span of these traces; those of a trace that is not stored yet are missing. */
export async function spansOf(url: string, traceIds: readonly string[]): Promise<readonly StoredSpan[]> {
  const found = await Promise.all(traceIds.map(traceId => traceOf(url, traceId)))
  return found.flatMap(answer =>
    answer === undefined
      ? []
      : answer.trace.spans.map(span => ({
          span,
          resource: answer.trace.resources[span.resource],
          scope: answer.trace.scopes[span.scope],
        })),
  )
}

async function traceOf(url: string, traceId: string): Promise<TraceResponse | undefined> {
  const answer = await fetch(`${url}${apiPaths.trace(traceId)}`)
  if (answer.status === 404) return undefined
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as TraceResponse
}

/** The values of attributes by key. */
export function byKey(attributes: Attributes): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value]))
}
