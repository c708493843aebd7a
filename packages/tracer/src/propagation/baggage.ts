import type { BaggageEntry, TextMapPropagator } from '@opentelemetry/api'
import { baggageEntryMetadataFromString, propagation } from '@opentelemetry/api'
import { isSuppressed } from '../suppression.ts'

const header = 'baggage'
const fields = [header]
/** W3C Baggage, "Limits". */
const mostPairs = 180
const longestPair = 4096
const longestHeader = 8192

/** `baggage` (W3C Baggage): names and values of the application, percent-encoded, that travel with a request. */
export const baggagePropagator: TextMapPropagator = {
  inject(context, carrier, setter) {
    const baggage = propagation.getBaggage(context)
    if (baggage === undefined || isSuppressed(context)) return
    let text = ''
    let pairs = 0
    for (const [key, { value, metadata }] of baggage.getAllEntries()) {
      const properties = metadata === undefined ? '' : `;${metadata.toString()}`
      const pair = `${encoded(key)}=${encoded(value)}${properties}`
      const longer = text.length + pair.length + 1
      if (pair.length > longestPair || longer > longestHeader || ++pairs > mostPairs) continue
      text = text === '' ? pair : `${text},${pair}`
    }
    if (text !== '') setter.set(carrier, header, text)
  },
  extract(context, carrier, getter) {
    const given = getter.get(carrier, header)
    const text = Array.isArray(given) ? given.join(',') : given
    if (typeof text !== 'string' || text === '') return context
    // Without a prototype, `__proto__` is a name as any other.
    const entries: Record<string, BaggageEntry> = Object.create(null)
    let found = false
    for (const pair of text.split(',', mostPairs)) {
      const entry = entryOf(pair)
      if (entry === undefined) continue
      entries[entry.key] = entry.entry
      found = true
    }
    return found ? propagation.setBaggage(context, propagation.createBaggage(entries)) : context
  },
  fields: () => fields,
}

/** A text with half of a character is none that could be encoded. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** `key = value *( ; property )`, of which what cannot be decoded is none. */
function entryOf(pair: string): { readonly key: string; readonly entry: BaggageEntry } | undefined {
  const semicolon = pair.indexOf(';')
  const member = semicolon === -1 ? pair : pair.slice(0, semicolon)
  const equals = member.indexOf('=')
  if (equals === -1) return undefined
  try {
    const key = decodeURIComponent(member.slice(0, equals).trim())
    const value = decodeURIComponent(member.slice(equals + 1).trim())
    if (key === '') return undefined
    if (semicolon === -1) return { key, entry: { value } }
    return {
      key,
      entry: { value, metadata: baggageEntryMetadataFromString(pair.slice(semicolon + 1).trim()) },
    }
  } catch {
    return undefined
  }
}
