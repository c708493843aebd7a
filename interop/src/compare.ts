import { isDeepStrictEqual } from 'node:util'
import type { Attributes } from '@waybill/model'
import type { StoredSpan } from './read-back.ts'
import { byKey } from './read-back.ts'
import type { ExpectedSpan, Story } from './story.ts'

/** What is stored otherwise than told, a line each; nothing if all is there. */
export function differences(story: Story, stored: readonly StoredSpan[], service: string): readonly string[] {
  const ids = new Set(stored.map(({ span }) => span.spanId))
  const shared = story.filter(({ isSharedHalf }) => isSharedHalf).length
  return [
    ...(stored.length === story.length ? [] : [`${stored.length} spans instead of ${story.length}`]),
    ...(ids.size === stored.length - shared ? [] : [`${ids.size} ids of ${stored.length} spans`]),
    ...story.flatMap(expected => {
      const found = stored.find(candidate => isMeant(expected, candidate))
      if (found !== undefined) return differencesOf(expected, found, stored, service)
      const names = stored.map(({ span }) => `${span.kind} "${span.name}"`).join(', ')
      return [`no ${expected.kind} "${expected.name}" among ${names || 'nothing'}`]
    }),
  ]
}

function isMeant({ name, kind }: ExpectedSpan, { span }: StoredSpan): boolean {
  return span.name === name && span.kind === kind
}

function differencesOf(
  expected: ExpectedSpan,
  { span, resource, scope }: StoredSpan,
  stored: readonly StoredSpan[],
  service: string,
): readonly string[] {
  const found: string[] = []
  const check = (what: string, actual: unknown, wanted: unknown): void => {
    if (isDeepStrictEqual(actual, wanted)) return
    found.push(`"${expected.name}" ${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(wanted)}`)
  }
  const nameOf = (spanId: string): string | null => {
    const other = stored.find(candidate => candidate.span.spanId === spanId)?.span
    return other?.name ?? (spanId === '' ? null : `unknown ${spanId}`)
  }
  const checkAttributes = (
    what: string,
    actual: Attributes | undefined,
    wanted: ExpectedSpan['attributes'],
  ): void => {
    const values = byKey(actual ?? [])
    for (const [key, value] of Object.entries(wanted ?? {})) check(`${what} ${key}`, values[key], value)
  }
  check('service', span.service, expected.hasNoService ? '' : `${service}${expected.serviceSuffix ?? ''}`)
  check('parent', nameOf(span.parentSpanId), expected.parent)
  check('failed', span.status.code === 'error', expected.error !== undefined)
  if (expected.error !== undefined) check('error', span.status.message, expected.error)
  checkAttributes('attribute', span.attributes, expected.attributes)
  checkAttributes('resource', resource?.attributes, expected.resource)
  if (expected.scope !== undefined) {
    check('scope', { name: scope?.name, version: scope?.version }, expected.scope)
  }
  check('has a duration', BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano), true)
  check(
    'events',
    span.events.map(({ name }) => name),
    (expected.events ?? []).map(({ name }) => name),
  )
  for (const [i, event] of (expected.events ?? []).entries()) {
    checkAttributes(`event ${event.name}`, span.events[i]?.attributes, event.attributes)
  }
  check(
    'links',
    span.links.map(({ spanId }) => nameOf(spanId)),
    (expected.links ?? []).map(({ to }) => to),
  )
  for (const [i, link] of (expected.links ?? []).entries()) {
    checkAttributes('link', span.links[i]?.attributes, link.attributes)
  }
  return found
}
