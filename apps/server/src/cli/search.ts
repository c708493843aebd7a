import type { MessageSearchResponse, TraceSearchResponse, TraceSummary } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import { formatDuration, unixMsOf } from '@waybill/model'
import type { Command } from 'commander'
import { addServerOption, ask } from './client.ts'
import type { Terminal } from './output.ts'
import { count, fit, formatTime, print, printable, terminalOf, widthOf } from './output.ts'
import { drawMessages } from './search-messages.ts'

interface SearchOptions {
  readonly server: string
  readonly last: string
  readonly limit: string
  readonly sort: string
  readonly messages?: boolean
  readonly json?: boolean
}

/** `waybill search '<query>'`: traces that match, newest or slowest first; with `--messages` what was done with messages. */
export function registerSearch(program: Command): void {
  const command = program
    .command('search')
    .description('list the traces that a query finds, newest or slowest first')
    .argument('[query]', "in the query language, such as 'topic:orders wait>5s is:error'; all if absent", '')
    .option('--last <duration>', 'how far back: 15m, 1h, 2d', '1h')
    .option('--limit <number>', 'traces or messages to list, at most 1500', '20')
    .option('--sort <order>', 'of traces: newest first, or slowest first', 'newest')
    .option('--messages', 'list what was done with messages instead: who sent, received, processed which one')
    .option('--json', 'print the result as JSON')
  addServerOption(command).action(async (q: string, options: SearchOptions) => {
    const { server, last, limit, sort, messages, json } = options
    const terminal = terminalOf(process.stdout)
    const show = async <Response>(
      path: string,
      draw: (response: Response, last: string, terminal: Terminal, sort: string) => string,
      order: { readonly sort?: string } = {},
    ) => {
      const response = await ask<Response>(server, path, { q, last, limit, ...order })
      const drawn =
        json === true ? `${JSON.stringify(response, undefined, 2)}\n` : draw(response, last, terminal, sort)
      await print(drawn)
    }
    if (messages === true) await show<MessageSearchResponse>(apiPaths.messages, drawMessages)
    else await show<TraceSearchResponse>(apiPaths.traces, drawResults, { sort })
  })
}

/** Two lines a trace: what it was and how long it took, then its id, its time, its way. */
export function drawResults(
  response: TraceSearchResponse,
  last: string,
  terminal: Terminal,
  order = 'newest',
): string {
  const { traces, nextCursor, tookMs } = response
  if (traces.length === 0) return `no trace in the last ${last} matches; --last looks further back\n`
  const found =
    nextCursor === undefined ? count(traces.length, 'trace') : `the ${order} ${count(traces.length, 'trace')}`
  const lines = traces.flatMap(trace => [...traceLines(trace, terminal), ''])
  return `${lines.join('\n')}\n${terminal.paint('dim', `${found} in ${Math.round(tookMs)} ms`)}\n`
}

function traceLines(trace: TraceSummary, { columns, paint }: Terminal): readonly string[] {
  const way = trace.path.map(step => step.name || '(no name)').join(' → ')
  const errors = trace.errorCount === 0 ? '' : `  ✕ ${trace.errorCount}`
  const end = `${formatDuration(trace.durationNano)}${errors}`
  const title = printable(`${trace.rootName || '(no name)'}  ${way}`)
  const head = fit(title, Math.max(20, columns - widthOf(end) - 2))
  const facts = [
    formatTime(unixMsOf(trace.startUnixNano)),
    count(trace.spanCount, 'span'),
    ...(trace.messageCount === 0 ? [] : [count(trace.messageCount, 'message')]),
    ...(trace.waitedNano === 0 ? [] : [`waited ${formatDuration(trace.waitedNano)}`]),
    ...(trace.rootMissing ? ['root missing'] : []),
  ]
  return [
    `${paint('bold', head)}  ${trace.errorCount === 0 ? end : paint('red', end)}`,
    `${paint('cyan', trace.traceId)}  ${paint('dim', facts.join(' · '))}`,
  ]
}
