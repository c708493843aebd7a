import type { TextMapPropagator } from '@opentelemetry/api'
import { propagation, trace } from '@opentelemetry/api'
import { b3, b3multi } from './formats/b3.ts'
import { baggage } from './formats/baggage.ts'
import type { Codec } from './formats/codec.ts'
import { jaeger } from './formats/jaeger.ts'
import { w3c } from './formats/w3c.ts'
import { warnOnce } from './warn.ts'

/**
 * A way of writing a context into headers: W3C Trace Context (`traceparent`), B3 in one header (`b3`) or several
 * (`X-B3-…`), Jaeger's `uber-trace-id`.
 */
export type HeaderFormat = 'w3c' | 'b3' | 'b3multi' | 'jaeger'

const codecs: Readonly<Record<HeaderFormat, Codec>> = { w3c, b3, b3multi, jaeger }

/**
 * What reads and writes contexts: the propagator that the application registered with OpenTelemetry, or, where
 * formats are named, codecs of ours. Of the named formats all are written, and the first that a message carries
 * is read, so that a system can be moved from one to another service by service. W3C baggage is kept in any case.
 *
 * Never to be registered itself, since it may ask what is: that is {@link codecPropagator}.
 */
export function propagatorOf(formats: readonly HeaderFormat[] | undefined): TextMapPropagator {
  const chosen = formats === undefined ? [] : codecsOf(formats)
  return chosen.length === 0 ? registered : composed(chosen)
}

/** A propagator to be registered with OpenTelemetry: codecs of ours only. W3C where no format is known. */
export function codecPropagator(formats: readonly HeaderFormat[]): TextMapPropagator {
  const chosen = codecsOf(formats)
  return composed(chosen.length === 0 ? [w3c] : chosen)
}

function codecsOf(formats: readonly HeaderFormat[]): readonly Codec[] {
  return formats.flatMap(format => {
    const codec: Codec | undefined = codecs[format]
    if (codec === undefined) warnOnce(`There is no header format "${format}"`)
    return codec === undefined ? [] : [codec]
  })
}

/** OpenTelemetry's global functions: who is behind them may be registered later than this is made. */
const registered: TextMapPropagator = {
  inject: (context, carrier, setter) => propagation.inject(context, carrier, setter),
  extract: (context, carrier, getter) => propagation.extract(context, carrier, getter),
  fields: () => propagation.fields(),
}

function composed(chosen: readonly Codec[]): TextMapPropagator {
  const fields = [...chosen, baggage].flatMap(codec => codec.fields)
  return {
    inject(context, carrier, setter) {
      for (const codec of chosen) codec.write(context, carrier, setter)
      baggage.write(context, carrier, setter)
    },
    extract(context, carrier, getter) {
      const base = baggage.read(context, carrier, getter)
      const before = trace.getSpanContext(base)
      let refused = base
      for (const codec of chosen) {
        const read = codec.read(base, carrier, getter)
        if (trace.getSpanContext(read) !== before) return read
        if (read !== base) refused = read
      }
      return refused
    },
    fields: () => fields,
  }
}
