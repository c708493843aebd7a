/**
 * Bound parameters as text. The engine binds a `{name:Type}` placeholder to a text in ClickHouse's escaped
 * form (TSV), which a `SET param_name = '…'` gives it: the values stand in that statement alone, as literals,
 * and never in the text of a query.
 */

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/**
 * A statement that sets every parameter for the statements that follow in the same session.
 *
 * @returns undefined where there is none to set.
 * @throws TypeError for names that are no identifiers and for values that no type of the engine takes.
 */
export function setParameters(parameters: Readonly<Record<string, unknown>>): string | undefined {
  const settings: string[] = []
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue
    if (!/^\w+$/.test(name)) throw new TypeError(`no name for a parameter: ${name}`)
    settings.push(`param_${name} = ${quote(parameterText(value))}`)
  }
  return settings.length === 0 ? undefined : `SET ${settings.join(', ')}`
}

/** A text as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replace(/['\\]/g, found => `\\${found}`)}'`
}

function parameterText(value: unknown): string {
  if (value === null) return '\\N'
  if (typeof value === 'string') return escapeControls(value)
  return elementText(value)
}

/** A value as it stands inside a list: texts are quoted there. */
function elementText(value: unknown): string {
  if (typeof value === 'string') return `'${escapeControls(value).replace(/'/g, "\\'")}'`
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (Array.isArray(value)) return `[${value.map(elementText).join(',')}]`
  throw new TypeError(`no value for a parameter: ${String(value)}`)
}

function escapeControls(text: string): string {
  return text.replace(/[\\\0\b\f\n\r\t]/g, found => escapes[found] ?? found)
}
