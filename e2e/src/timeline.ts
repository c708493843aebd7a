import type { Page } from 'playwright-core'

/** A row of the timeline: how deep it is, from 1, and what stands in it. */
export interface TimelineRow {
  readonly level: number
  readonly text: string
}

/** The timeline's rows that are drawn, from top to bottom. */
export async function timelineRows(page: Page): Promise<readonly TimelineRow[]> {
  const rows = await page.getByRole('treegrid').getByRole('row').all()
  const read = rows.map(async row => ({
    place: Number(await row.getAttribute('aria-rowindex')),
    level: Number(await row.getAttribute('aria-level')),
    // Without the sign of what folds.
    text: (await row.innerText()).replaceAll(/[▾▸\s]+/g, ' ').trim(),
  }))
  return (await Promise.all(read)).sort((a, b) => a.place - b.place)
}

const messageId = /\[\d+\]@\d+|[0-9a-f]{8}-[0-9a-f-]{27}/
const time = / -?[\d.]+ (?:ns|µs|ms|s)(?= |$)/

/** The timeline as lines, indented by cause, with `…` for the places of messages and for how long they waited. */
export async function outline(page: Page): Promise<readonly string[]> {
  return (await timelineRows(page)).map(({ level, text }) => {
    const said = text.replace(messageId, '[…]').replace(time, ' …').replace(/ …$/, '')
    return `${'  '.repeat(level - 1)}${said}`
  })
}

/** Selects a row, and returns what the panel says of it. */
export async function details(page: Page, row: RegExp): Promise<string> {
  await page.getByRole('row', { name: row }).first().click()
  const panel = page.getByRole('complementary', { name: 'Details' })
  return (await panel.innerText()).replaceAll(/\s+/g, ' ')
}
