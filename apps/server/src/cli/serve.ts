import { resolve } from 'node:path'
import type { Command } from 'commander'
import { configFile, settings } from '../config/settings.ts'
import type { Flags } from '../config/sources.ts'
import type { Config } from '../config.ts'
import { findSlips, readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import type { Waybill } from '../main.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** `waybill serve`: the server, until a signal ends it. Every setting is a flag, too. */
export function registerServe(program: Command, version: string): void {
  const command = program
    .command('serve')
    .description('receive, store and show traces')
    .option(`${configFile.flag} <file>`, `settings as TOML; ${configFile.name} in this folder if absent`)
  for (const { flag, description, defaultText } of settings)
    command.option(`${flag} <value>`, `${description} (default: ${defaultText})`)
  command.action((flags: Flags) => serve(flags, version))
}

async function serve(flags: Flags, version: string): Promise<void> {
  const config = readConfig({ flags })
  const log = createLog(config.log)
  for (const slip of findSlips()) log.warn(slip)
  // A signal that comes during the start ends the server as soon as there is one to end.
  const ended = new Promise<void>(resolve => {
    for (const signal of signals) process.once(signal, () => resolve())
  })
  const { startWaybill } = await import('../main.ts')
  const waybill = await startWaybill(config, log, version)
  greet(waybill, config)
  log.info({ seconds: Number((performance.now() / 1000).toFixed(2)) }, 'ready')
  await ended
  for (const signal of signals) process.once(signal, () => process.exit(1))
  log.info('stopping: loading what is still in the spool')
  await waybill.close()
  log.info('stopped')
}

/** One line for each address, its name first; `ready` is the last, and what to open. */
function greet({ web, receivers, beside, health }: Waybill, config: Config): void {
  const lines = [
    ['data', resolve(config.data)],
    ...[...receivers, ...beside, health].map(({ name, url }) => [name, url]),
    ['ready', web.url],
  ]
  for (const [name = '', where] of lines) console.log(`${name.padEnd(14)} ${where}`)
}
