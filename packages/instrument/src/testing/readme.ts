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

/** Columns of the tables that stand for several operations. */
const columnOf: Readonly<Record<string, string>> = {
  create: 'send',
  ack: 'ack, nack, reject',
  nack: 'ack, nack, reject',
  reject: 'ack, nack, reject',
}

/**
 * The attributes of messages' spans that the README does not have, each as `operation: name: type`: what every
 * client may have is what its system's table says. Made for spans in the present names without captures.
 */
export async function undocumentedAttributes(
  spans: readonly { readonly attributes: Readonly<Record<string, unknown>> }[],
): Promise<readonly string[]> {
  const kafka = await documentedAttributes(/^## Attributes of message spans/)
  const rabbitmq = await documentedAttributes(/^### Attributes of RabbitMQ/)
  const missing = new Set<string>()
  for (const { attributes } of spans) {
    const { 'messaging.system': system, 'messaging.operation.name': operation } = attributes
    if (system === undefined) continue
    const documented = (system === 'kafka' ? kafka : rabbitmq).get(
      columnOf[String(operation)] ?? String(operation),
    )
    for (const [name, value] of Object.entries(attributes)) {
      const [type] = documented?.get(name)?.split(/[:,;]/) ?? []
      const own = typeName(value)
      // A whole number may be one of seconds by chance.
      if (type !== own && !(type === 'double' && own === 'int')) missing.add(`${operation}: ${name}: ${own}`)
    }
  }
  return [...missing]
}

/** The type of an attribute, as the tables say it. */
export function typeName(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'double'
  return typeof value
}
