import type { TextMapPropagator } from '@opentelemetry/api'

/** Several propagators as one: each writes its own headers, and reads on what those before it found. */
export function propagators(...all: readonly TextMapPropagator[]): TextMapPropagator {
  const fields = [...new Set(all.flatMap(propagator => propagator.fields()))]
  return {
    inject(context, carrier, setter) {
      for (const propagator of all) propagator.inject(context, carrier, setter)
    },
    extract: (context, carrier, getter) =>
      all.reduce((found, propagator) => propagator.extract(found, carrier, getter), context),
    fields: () => fields,
  }
}
