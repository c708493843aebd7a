import type { Attributes, AttributeValue } from '@opentelemetry/api'

/**
 * Under which names attributes are written: those of the semantic conventions 1.44, those that OpenTelemetry's
 * own instrumentations emitted before (Kafka: 1.24; RabbitMQ: 2021), or both at once. Span names and kinds exist
 * once only: they are the new ones unless only the old names are asked for, and then too.
 */
export type Conventions = 'new' | 'old' | 'both'

/** What a new name was called, and how its value was written; `undefined` for what had no name. */
export type OldNames = Readonly<Record<string, OldName | undefined>>

export interface OldName {
  readonly name: string
  readonly convert?: (value: AttributeValue) => AttributeValue | undefined
}

/**
 * What OTEL_SEMCONV_STABILITY_OPT_IN asks of a messaging instrumentation: a list in which `messaging` means new
 * names and `messaging/dup` both, which wins. The variable was made for instrumentations that emitted old names
 * before; ours never did, so that without it names are new.
 */
export function conventionsOf(optIn: string | undefined): Conventions {
  const values = (optIn ?? '').split(',').map(value => value.trim())
  return values.includes('messaging/dup') ? 'both' : 'new'
}

/** The attributes under the names that were asked for. Gives the same object where nothing changes. */
export function inConventions(attributes: Attributes, conventions: Conventions, old: OldNames): Attributes {
  if (conventions === 'new') return attributes
  const renamed: Attributes = conventions === 'both' ? Object.assign({}, attributes) : {}
  for (const name in attributes) {
    const value = attributes[name]
    if (value === undefined) continue
    if (!(name in old)) {
      renamed[name] = value
      continue
    }
    const before = old[name]
    const converted = before?.convert === undefined ? value : before.convert(value)
    if (before !== undefined && converted !== undefined) renamed[before.name] = converted
  }
  return renamed
}
