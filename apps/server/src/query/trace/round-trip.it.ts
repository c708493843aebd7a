import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Resource, Scope, Span, Trace } from '@waybill/model'
import { compareTimes, spanKinds, statusCodes } from '@waybill/model'
import type { ResourceSpansData, ScopeSpansData, SpanData, TracesData } from '@waybill/wire/otlp'
import { decodeTraces, encodeTraces } from '@waybill/wire/otlp'
import { arbitraryTraces } from '@waybill/wire/otlp/arbitrary'
import fc from 'fast-check'
import { temporaryFolder, temporaryStore, writeSegment } from '../../store/temporary-store.ts'
import { getSpans } from './span-reads.ts'

/** A span with its resource and scope, as nothing but their places in lists tells them apart. */
interface WholeSpan extends Omit<Span, 'resource' | 'scope'> {
  readonly resource: Resource | undefined
  readonly scope: Scope | undefined
}

test('every span comes back as it was sent, whatever its attributes, events and links', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const requests = fc.sample(arbitraryTraces, { numRuns: 60, seed: 7 })
  await engine.load(await writeSegment(folder, 'any', ...requests.map(encodeTraces)))
  const sent = spansSent(requests.map(request => decodeTraces(encodeTraces(request))))
  assert.ok(sent.length > 100)
  for (const span of sent) {
    const trace = await getSpans(engine, span.traceId)
    assert.deepEqual(wholeSpans(trace), [span])
  }
})

test('spans of one trace come in the order they started, from all segments', async t => {
  const engine = await temporaryStore(t)
  const folder = await temporaryFolder(t)
  const sample = fc.sample(arbitraryTraces, { numRuns: 20, seed: 8 })
  const traceId = 'c'.repeat(32)
  const requests = sample.map((request, i) => inOneTrace(request, traceId, i))
  for (const [i, request] of requests.entries())
    await engine.load(await writeSegment(folder, `part-${i}`, encodeTraces(request)))
  const [first] = spansSent(requests)
  assert.ok(first)
  const found = wholeSpans(await getSpans(engine, first.traceId))
  const sent = [...spansSent(requests)].sort(byStart)
  assert.equal(found.length, sent.length)
  for (const [i, span] of sent.entries()) assert.deepEqual(found[i], span)
})

function byStart(a: WholeSpan, b: WholeSpan): number {
  return compareTimes(a.startTimeUnixNano, b.startTimeUnixNano) || (a.spanId < b.spanId ? -1 : 1)
}

function wholeSpans(trace: Trace | undefined): readonly WholeSpan[] {
  return (trace?.spans ?? []).map(span => ({
    ...span,
    resource: trace?.resources[span.resource],
    scope: trace?.scopes[span.scope],
  }))
}

function spansSent(requests: readonly TracesData[]): readonly WholeSpan[] {
  return requests.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(resource =>
      resource.scopeSpans.flatMap(scope => scope.spans.map(span => wholeSpan(span, scope, resource))),
    ),
  )
}

/** What the model makes of a span on the wire: unknown kinds are unspecified, ids that a link does not have are zeros. */
function wholeSpan(
  span: SpanData,
  scope: ScopeSpansData,
  { resource, schemaUrl }: ResourceSpansData,
): WholeSpan {
  const service = resource.attributes.findLast(attribute => attribute.key === 'service.name')?.value
  return {
    ...span,
    traceId: span.traceId as Span['traceId'],
    spanId: span.spanId as Span['spanId'],
    parentSpanId: span.parentSpanId as Span['parentSpanId'],
    kind: spanKinds[span.kind] ?? 'unspecified',
    status: { message: span.status.message, code: statusCodes[span.status.code] ?? 'unset' },
    links: span.links.map(link => ({
      ...link,
      traceId: link.traceId.padEnd(32, '0') as Span['traceId'],
      spanId: link.spanId.padEnd(16, '0') as Span['spanId'],
    })),
    service: service !== undefined && 'stringValue' in service ? service.stringValue : '',
    resource: {
      attributes: resource.attributes,
      droppedAttributesCount: resource.droppedAttributesCount,
      schemaUrl,
    },
    scope: { ...scope.scope, schemaUrl: scope.schemaUrl },
  }
}

/** The same spans as parts of one trace, of which some begin in 1970, or after clocks of 32 bits end. */
function inOneTrace(request: TracesData, traceId: string, i: number): TracesData {
  const startNano = [1_790_000_000n, 0n, 5_000_000_000n][i % 3] ?? 0n
  return {
    resourceSpans: request.resourceSpans.map(resource => ({
      ...resource,
      scopeSpans: resource.scopeSpans.map(scope => ({
        ...scope,
        spans: scope.spans.map((span, j) => ({
          ...span,
          traceId,
          startTimeUnixNano: String(startNano * 1_000_000_000n + BigInt(j)),
        })),
      })),
    })),
  }
}
