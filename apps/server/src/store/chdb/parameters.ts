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
 * A statement that sets every parameter for the statement `sql`, which follows in the same session. What it
 * does not set would keep the value of an earlier statement, so none may be missing.
 *
 * @returns undefined where there is none to set.
 * @throws TypeError for a placeholder without a value, and for values that no type of the engine takes.
 */
export function setParameters(
  sql: string,
  parameters: Readonly<Record<string, unknown>>,
): string | undefined {
  const types = new Map([...sql.matchAll(/\{(\w+):([^}]*)/g)].map(([, name = '', type = '']) => [name, type]))
  const settings = [...types].map(([name, type]) => {
    const value = parameters[name]
    if (value === undefined) throw new TypeError(`no value for the parameter ${name}`)
    return `param_${name} = ${quote(textOf(value, type))}`
  })
  return settings.length === 0 ? undefined : `SET ${settings.join(', ')}`
}

/** A text as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replace(/['\\]/g, found => `\\${found}`)}'`
}

function textOf(value: unknown, type: string): string {
  if (type.includes('FixedString')) return bytesText(value)
  if (/^Array\(U?Int/.test(type) && Array.isArray(value)) return `[${value.map(wholeNumberText).join(',')}]`
  return parameterText(value)
}

/** Numbers of 64 bits are texts here; within a list the engine takes no quotes around them. */
function wholeNumberText(value: unknown): string {
  const text = String(value)
  if (!/^-?\d+$/.test(text)) throw new TypeError(`no whole number for a parameter: ${text}`)
  return text
}

/** Ids, hex digits here and bytes in the store. Bytes that a value calls for itself are no text. */
function bytesText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(id => `'${bytesText(id)}'`).join(',')}]`
  if (typeof value !== 'string' || !/^([0-9a-f]{2})*$/i.test(value))
    throw new TypeError(`no hex digits for a parameter: ${String(value)}`)
  return value.replace(/../g, '\\x$&')
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
