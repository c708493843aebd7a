import { baggageEntryMetadataFromString, propagation } from '@opentelemetry/api'
import type { Codec } from './codec.ts'
import { encoded, lastText } from './codec.ts'

/*
 * W3C Baggage:
 *
 *   baggage = entry *( "," entry )       entry = key "=" value *( ";" property )     value percent-encoded
 *   At most 8,192 bytes and 180 entries; what does not fit is left out.
 */
const maxLength = 8192
const maxEntries = 180

export const baggage: Codec = {
  fields: ['baggage'],
  read(base, carrier, getter) {
    const text = lastText(getter.get(carrier, 'baggage'))
    if (text === undefined || text === '' || text.length > maxLength) return base
    let found = propagation.getBaggage(base) ?? propagation.createBaggage()
    let count = 0
    for (const part of text.split(',', maxEntries)) {
      const [pair = '', ...properties] = part.split(';')
      const equals = pair.indexOf('=')
      const key = decoded(pair.slice(0, Math.max(0, equals)).trim())
      const value = decoded(pair.slice(equals + 1).trim())
      if (key === '' || key === undefined || value === undefined) continue
      const metadata = properties.join(';').trim()
      found = found.setEntry(
        key,
        metadata === '' ? { value } : { value, metadata: baggageEntryMetadataFromString(metadata) },
      )
      count++
    }
    return count === 0 ? base : propagation.setBaggage(base, found)
  },
  write(context, carrier, setter) {
    const entries = propagation.getBaggage(context)?.getAllEntries() ?? []
    let text = ''
    for (const [key, { value, metadata }] of entries.slice(0, maxEntries)) {
      const entry = `${keyOf(key)}=${encoded(value)}${metadata === undefined ? '' : `;${metadata}`}`
      const longer = text === '' ? entry : `${text},${entry}`
      if (longer.length <= maxLength) text = longer
    }
    if (text !== '') setter.set(carrier, 'baggage', text)
  },
}

/** Names are tokens (RFC 9110, section 5.6.2); of what is none, the header would read as something else. */
function keyOf(key: string): string {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(key) ? key : encoded(key)
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
