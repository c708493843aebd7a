import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'

/**
 * How many datagrams Linux has dropped because the buffer of the socket at this address was full: the last
 * column of /proc/net/udp and udp6 (proc_pid_net(5)). Addresses stand there as hexadecimal words in the order of
 * the machine's bytes, ports as four digits.
 *
 * @param address as the socket gives it, such as `127.0.0.1`.
 * @returns undefined where the system does not say.
 */
export async function kernelDrops(address: string, port: number): Promise<number | undefined> {
  try {
    return findDrops(await readFile(`/proc/net/udp${isIPv6(address) ? '6' : ''}`, 'utf8'), address, port)
  } catch {
    return undefined
  }
}

/** {@link kernelDrops} of a table that has been read. Of IPv6 only the port is compared. */
export function findDrops(table: string, address: string, port: number): number | undefined {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const words = isIPv6(address) ? undefined : address.split('.').map(Number)
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/)
    const local = columns[1]
    if (local === undefined || !local.endsWith(ending)) continue
    if (words && !sameBytes(local.slice(0, -ending.length), words)) continue
    const drops = Number(columns.at(-1))
    return Number.isSafeInteger(drops) ? drops : undefined
  }
  return undefined
}

/** Whether hexadecimal digits hold these bytes, in either order. */
function sameBytes(digits: string, bytes: readonly number[]): boolean {
  const found = [...Buffer.from(digits, 'hex')]
  const same = (order: readonly number[]): boolean => order.every((byte, i) => byte === bytes[i])
  return found.length === bytes.length && (same(found) || same(found.toReversed()))
}
