import type { StorySpan } from '@waybill/model/story'

const kinds = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

/**
 * Posts a trace of a few words to Waybill over OTLP/HTTP, as JSON (opentelemetry-proto, trace/v1/trace.proto).
 *
 * @param otlpUrl where OTLP over HTTP is taken.
 * @param trace the trace's id as a number; links name other traces by theirs.
 * @param startUnixMs when the story starts.
 * @param languages what services are written in, as `telemetry.sdk.language` says it.
 * @returns the trace's id as it stands in addresses.
 */
export async function postStory(
  otlpUrl: string,
  trace: number,
  spans: readonly StorySpan[],
  startUnixMs: number,
  languages: Readonly<Record<string, string>> = {},
): Promise<string> {
  const services = Map.groupBy(spans, span => span.service ?? 'service')
  const body = {
    resourceSpans: [...services].map(([service, own]) => ({
      resource: { attributes: attributesOf(resourceOf(service, languages[service])) },
      scopeSpans: [{ scope: { name: 'story' }, spans: own.map(span => otlpSpan(trace, span, startUnixMs)) }],
    })),
  }
  const answer = await fetch(`${otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`)
  return traceIdOf(trace)
}

function resourceOf(service: string, language: string | undefined): Readonly<Record<string, string>> {
  return { 'service.name': service, ...(language !== undefined && { 'telemetry.sdk.language': language }) }
}

function otlpSpan(trace: number, story: StorySpan, startUnixMs: number): unknown {
  const timeAt = (ms: number) => String(BigInt(startUnixMs) * 1_000_000n + BigInt(Math.round(ms * 1e6)))
  return {
    traceId: traceIdOf(trace),
    spanId: spanIdOf(story.id),
    ...(story.parent !== undefined && { parentSpanId: spanIdOf(story.parent) }),
    name: story.name ?? `span ${story.id}`,
    kind: kinds[story.kind ?? 'internal'],
    startTimeUnixNano: timeAt(story.at[0]),
    endTimeUnixNano: timeAt(story.at[1]),
    attributes: attributesOf(story.attributes ?? {}),
    links: (story.links ?? []).map(link => ({
      traceId: traceIdOf(link.trace ?? trace),
      spanId: spanIdOf(link.id),
      attributes: attributesOf(link.attributes ?? {}),
    })),
    status: story.error ? { code: 2, message: 'it failed' } : {},
  }
}

function traceIdOf(trace: number): string {
  return trace.toString(16).padStart(32, '0')
}

function spanIdOf(span: number): string {
  return span.toString(16).padStart(16, '0')
}

function attributesOf(attributes: Readonly<Record<string, string | number | boolean>>): unknown {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'number'
          ? { intValue: String(value) }
          : { boolValue: value },
  }))
}
