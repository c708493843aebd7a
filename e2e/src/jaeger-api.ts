import { poll } from './poll.ts'

/** A span as Jaeger's JSON API gives it. */
export interface JaegerSpan {
  readonly spanID: string
  readonly operationName: string
  readonly references: readonly { readonly refType: string; readonly spanID: string }[]
  readonly tags: readonly { readonly key: string; readonly type: string; readonly value: unknown }[]
  readonly logs: readonly { readonly fields: readonly { readonly key: string; readonly value: unknown }[] }[]
  readonly processID: string
}

/** A trace as Jaeger's JSON API gives it. */
export interface JaegerTrace {
  readonly traceID: string
  readonly spans: readonly JaegerSpan[]
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>
}

/** The traces that an address of Jaeger's API answers with; none for a 404. */
export async function jaegerTraces(waybillUrl: string, path: string): Promise<readonly JaegerTrace[]> {
  const answer = await fetch(`${waybillUrl}/api/traces${path}`)
  if (answer.status === 404) return []
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { readonly data: readonly JaegerTrace[] }).data
}

/** A trace once it has as many spans as expected. */
export async function wholeTrace(waybillUrl: string, traceId: string, spans: number): Promise<JaegerTrace> {
  return poll(`trace ${traceId} has ${spans} spans`, async () => {
    const [trace] = await jaegerTraces(waybillUrl, `/${traceId}`)
    return trace !== undefined && trace.spans.length >= spans ? trace : undefined
  })
}

/** `child` → `parent` by the spans' names; '' for the root's parent. */
export function parentNames(trace: JaegerTrace): Readonly<Record<string, string>> {
  const names = new Map(trace.spans.map(span => [span.spanID, span.operationName]))
  return Object.fromEntries(
    trace.spans.map(({ operationName, references }) => {
      const parent = references.find(({ refType }) => refType === 'CHILD_OF')
      return [
        operationName,
        parent === undefined ? '' : (names.get(parent.spanID) ?? `unknown ${parent.spanID}`),
      ]
    }),
  )
}

/** The values of a span's tags by key. */
export function tagsOf(span: JaegerSpan): Readonly<Record<string, unknown>> {
  return Object.fromEntries(span.tags.map(({ key, value }) => [key, value]))
}
