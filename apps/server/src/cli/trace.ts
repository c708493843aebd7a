import type { TraceResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { parseTraceId } from '@waybill/model'
import type { Command } from 'commander'
import { StartupError } from '../startup-error.ts'
import { addServerOption, ask } from './client.ts'
import { print, terminalOf } from './output.ts'
import { drawTrace } from './timeline.ts'

interface TraceOptions {
  readonly server: string
  readonly json?: boolean
}

/** `waybill trace <id>`: the timeline of one trace in the terminal. */
export function registerTrace(program: Command): void {
  const command = program
    .command('trace')
    .description('draw the timeline of a trace')
    .argument('<id>', "the trace's id, or the address of its page")
    .option('--json', 'print the trace as JSON')
  addServerOption(command).action(async (text: string, { server, json }: TraceOptions) => {
    const traceId = parseTraceId(text.split(/[?#]/)[0]?.split('/').at(-1) ?? '')
    if (traceId === undefined)
      throw new StartupError(`${JSON.stringify(text)} is no trace id: expecting 1 to 32 hex digits`, {
        exitCode: 2,
      })
    const response = await ask<TraceResponse>(server, apiPaths.trace(traceId))
    await print(
      json === true
        ? `${JSON.stringify(response, undefined, 2)}\n`
        : drawTrace(response, terminalOf(process.stdout)),
    )
  })
}
