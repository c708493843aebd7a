import { readFile } from 'node:fs/promises'

/**
 * The README's tables of attributes under the headings that match: column → attributes with a mark there, with their
 * types.
 */
export async function documentedAttributes(
  heading: RegExp,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const columns = new Map<string, Map<string, string>>()
  for (const section of text.split(/^(?=#{2,3} )/m).filter(part => heading.test(part))) {
    const rows = section.split('\n').filter(line => line.startsWith('|'))
    const [header = [], , ...body] = rows.map(row =>
      row
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    )
    for (const [name = '', type = '', ...marks] of body)
      for (const [index, mark] of marks.entries()) {
        const column = header[index + 2] ?? ''
        if (mark === '●')
          columns.set(column, (columns.get(column) ?? new Map()).set(name.replaceAll('`', ''), type))
      }
  }
  return columns
}

/** The type of an attribute, as the tables say it. */
export function typeName(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'double'
  return typeof value
}
