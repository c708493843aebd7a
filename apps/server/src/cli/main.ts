import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { StartupError } from '../startup-error.ts'
import { registerSearch } from './search.ts'
import { registerServe } from './serve.ts'
import { registerTrace } from './trace.ts'

/* The command line: `waybill <command>`. An error that the reader can act upon is one line, without a stack. */

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

const program = new Command('waybill')
  .description('Distributed tracing for message-driven systems')
  .version(manifest.version)
registerServe(program, manifest.version)
registerTrace(program)
registerSearch(program)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof StartupError)) throw error
  for (const line of error.message.split('\n')) console.error(`waybill: ${line}`)
  process.exitCode = error.exitCode
}
