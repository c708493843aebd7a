import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runGuarded, untilLine } from '@waybill/brokers'

/** A server that clients can be pointed at. */
export interface RunningWaybill {
  /** Where the API answers. */
  readonly url: string
  /** The address of a receiver by its name, as the server prints it. Throws for one that it does not have. */
  addressOf(receiver: string): string
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../../apps/server/bin/waybill.js', import.meta.url))
const startMs = 60_000
const graceMs = 10_000

/** Starts Waybill with everything on, on free ports, with an empty store. */
export async function startWaybill(): Promise<RunningWaybill> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-interop-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    const args = [program, 'serve', '--data', folder, '--log-level', 'warn', '--ports', 'free']
    const server = runGuarded({ command: process.execPath, args, graceMs })
    server.onLine(line => {
      if (/\b(WARN|ERROR)\b/.test(line)) console.error(`waybill │ ${line}`)
    })
    const addresses = addressesIn(await untilLine(server, /^ready\s/, startMs))
    return {
      url: addresses.get('ready') ?? '',
      addressOf: receiver => {
        const address = addresses.get(receiver)
        if (address !== undefined) return address
        throw new Error(`Waybill has no receiver ${receiver}, only ${[...addresses.keys()].join(', ')}`)
      },
      stop: async () => {
        await server.end()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** `name  address` on each line, as the server prints when it takes requests. */
function addressesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap(line => {
      const [, name = '', address = ''] = /^([a-z0-9-]+) +(\S+)$/.exec(line) ?? []
      return name === '' ? [] : [[name, address.replace(/\/$/, '')] as const]
    }),
  )
}
