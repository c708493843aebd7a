import type { Figure, Figures } from './figure.ts'
import { aimText, isReached, own, untraced } from './figure.ts'
import type { RunRecord } from './run-record.ts'

/**
 * A run as a Markdown table: a row for each figure, a column for each server, in brackets theirs over ours, and
 * the aims with a mark at those that are reached.
 */
export function runTable(figures: Figures, run: RunRecord): string {
  const servers = serversOf(run)
  const hasAims = Object.values(figures).some(({ aims }) => aims !== undefined)
  const rows = Object.entries(figures).flatMap(([key, figure]) => {
    const values = run.values[key]
    if (values === undefined) return []
    const cells = servers.map(server => cellOf(figure, values, server))
    return [[figure.title, ...cells, ...(hasAims ? [aimsCell(figure, values)] : [])]]
  })
  const header = ['', ...servers, ...(hasAims ? ['aim'] : [])]
  return [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** When, where and on what a run was measured, in one paragraph. */
export function runCaption(run: RunRecord): string {
  const { machine } = run
  const input = Object.entries(run.input).map(([name, value]) => `${value.toLocaleString('en')} ${name}`)
  return [
    `${input.join(', ')}. Measured ${run.date} UTC at commit ${run.commit}: ${machine.cores} cores (${machine.cpu}),`,
    `${machine.memoryGigabytes} GB, ${machine.system}, Node ${run.node}; load average before ${run.loadBefore},`,
    `yardstick ${run.yardstickMs} ms.${run.missing.map(line => ` ${line}.`).join('')}`,
  ].join(' ')
}

/**
 * Replaces what stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`.
 *
 * @throws Error where the document has no such pair.
 */
export function replaceSection(document: string, name: string, content: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const [start, end] = [document.indexOf(open), document.indexOf(close)]
  if (start < 0 || end < start) throw new Error(`the document has no place for ${name}: ${open} … ${close}`)
  return `${document.slice(0, start + open.length)}\n${content}\n${document.slice(end)}`
}

/** What the document holds of a run. */
export function runSection(figures: Figures, run: RunRecord): string {
  return `${runCaption(run)}\n\n${runTable(figures, run)}`
}

function serversOf(run: RunRecord): readonly string[] {
  const named = new Set(Object.values(run.values).flatMap(values => Object.keys(values)))
  named.delete(own)
  return [own, ...named]
}

function cellOf(figure: Figure, values: Readonly<Record<string, number>>, server: string): string {
  const [mine, value] = [values[own], values[server]]
  if (value === undefined) return '—'
  const text = value.toLocaleString('en', {
    minimumFractionDigits: figure.digits ?? 1,
    maximumFractionDigits: figure.digits ?? 1,
  })
  return server === own || server === untraced || mine === undefined
    ? text
    : `${text} (${(value / mine).toFixed(2)} ×)`
}

function aimsCell({ aims = [] }: Figure, values: Readonly<Record<string, number>>): string {
  return aims
    .map(aim => {
      const reached = isReached(aim, values)
      return `${aimText(aim)}${reached === undefined ? '' : reached ? ' ✓' : ' ✗'}`
    })
    .join('; ')
}
