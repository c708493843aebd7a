/** The addresses in what `waybill serve` prints when it takes requests: a name and an address on each line. */
export function addressesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap(line => {
      const [, name = '', address = ''] = /^([a-z-]+) +(\S+)$/.exec(line) ?? []
      return name === '' ? [] : [[name, address] as const]
    }),
  )
}
