import type { JsonReader } from './json-reader.ts'
import { badJson } from './json-reader.ts'
import type { EndpointParts } from './otlp-spans.ts'
import { clearEndpoint } from './otlp-spans.ts'
import { isEmpty, KeyTable, newText } from './text.ts'

// What v1 and v2 have in common.

const key = newText()
const value = newText()

/** Reads an id of hex digits into words of 32 bits; missing digits on the left are zeros. */
export function readId(reader: JsonReader, ids: Int32Array, word: number, words: number, name: string): void {
  reader.string(value, name)
  if (value.end - value.start > words * 8)
    throw badJson(`${name} has ${value.end - value.start} digits, more than ${words * 8}`, value.start)
  if (isEmpty(value)) throw badJson(`${name} is empty`, value.start)
  let end = value.end
  for (let place = word + words - 1; place >= word; place--) {
    const start = Math.max(end - 8, value.start)
    let bits = 0
    for (let i = start; i < end; i++) {
      const digit = hexDigits[value.bytes[i] as number] as number
      if (digit < 0) throw badJson(`${name} has something else than hex digits`, i)
      bits = (bits << 4) | digit
    }
    ids[place] = bits
    end = start
  }
}

const hexDigits = new Int8Array(256).fill(-1)
for (const [digit, letters] of [...'0123456789abcdef'].entries())
  for (const letter of [letters, letters.toUpperCase()]) hexDigits[letter.charCodeAt(0)] = digit

const endpointTable = new KeyTable(['serviceName', 'ipv4', 'ipv6', 'port'])

/** Reads { "serviceName": text, "ipv4": text, "ipv6": text, "port": number }; texts lie in the reader's bytes. */
export function readEndpoint(reader: JsonReader, endpoint: EndpointParts, name: string): void {
  clearEndpoint(endpoint)
  if (!reader.openObject(name)) return
  do {
    reader.key(key)
    const member = endpointTable.find(key)
    if (reader.skipNull()) continue
    if (member === 0) reader.string(endpoint.service, `${name}.serviceName`)
    else if (member === 1) reader.string(endpoint.ipv4, `${name}.ipv4`)
    else if (member === 2) reader.string(endpoint.ipv6, `${name}.ipv6`)
    else if (member === 3) endpoint.port = readPort(reader, `${name}.port`)
    else reader.skip(value)
  } while (reader.nextMember())
}

function readPort(reader: JsonReader, name: string): number {
  const port = reader.integer(name)
  if (port > 65_535) throw badJson(`${name} is ${port}, and ports end at 65535`, reader.position)
  return Math.max(port, 0)
}
