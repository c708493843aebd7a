/** A line of the table that says what runs where. */
export interface Row {
  readonly what: string
  readonly where: string
  readonly note: string
}

/** The rows as aligned lines. */
export function table(rows: readonly Row[]): readonly string[] {
  const width = (column: keyof Row): number => Math.max(...rows.map(row => row[column].length))
  const [what, where] = [width('what'), width('where')]
  return rows.map(row => `  ${row.what.padEnd(what)}  ${row.where.padEnd(where)}  ${row.note}`.trimEnd())
}
