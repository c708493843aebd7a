/** The family of an address in text (RFC 4291, section 2.2): 4, 6, or 0 where the text is none. */
export function ipFamily(text: string): 0 | 4 | 6 {
  if (isIpv4(text)) return 4
  return isIpv6(text) ? 6 : 0
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every(part => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
}

function isIpv6(text: string): boolean {
  // Its last two groups may be written as an IPv4 address
  const tail = /:([\d.]+)$/.exec(text)?.[1] ?? ''
  const groups = isIpv4(tail) ? `${text.slice(0, -tail.length)}0:0` : text
  const halves = groups.split('::').map(half => (half === '' ? [] : half.split(':')))
  const all = halves.flat()
  if (!all.every(group => /^[0-9a-f]{1,4}$/i.test(group))) return false
  return halves.length === 2 ? all.length < 8 : halves.length === 1 && all.length === 8
}

/** An address in text from its 4 or 16 bytes (RFC 5952, section 4); the empty string from any other number. */
export function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return ''
  if (bytes.subarray(0, 12).every((byte, index) => byte === mapped[index]))
    return `::ffff:${bytes.subarray(12).join('.')}`
  const groups = Array.from({ length: 8 }, (_, index) => groupAt(bytes, index).toString(16))
  // The longest run of zeros, of two at least, is left out
  const [run = ''] =
    `:${groups.join(':')}:`.match(/(?<=:)(?:0:){2,}/g)?.sort((a, b) => b.length - a.length) ?? []
  if (run === '') return groups.join(':')
  const text = `:${groups.join(':')}:`.replace(`:${run}`, '::')
  return text.replace(/^:(?!:)/, '').replace(/([^:]):$/, '$1')
}

function groupAt(bytes: Uint8Array, index: number): number {
  return (bytes[index * 2] as number) * 256 + (bytes[index * 2 + 1] as number)
}

const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** An IPv4 address that is written as an IPv6 address as what it is (RFC 4291, section 2.5.5.2). */
export function unmapped(address: string): string {
  const ipv4 = address.replace(/^::ffff:/i, '')
  return isIpv4(ipv4) ? ipv4 : address
}
