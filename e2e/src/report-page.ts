import type { Page } from 'playwright-core'

/** Where a message's context travels in the example. */
export type Variant = 'headers' | 'value'

const steps = Array.from({ length: 10 }, (_, step) => `doWork:${step}`)

/** Child → parent of one report's trace, by name, in both variants. */
export const reportParents: Readonly<Record<string, string>> = {
  report_request: '',
  report_producer: 'report_request',
  report_consumer: 'report_producer',
  handle_report: 'report_consumer',
  ...Object.fromEntries(steps.map(step => [step, 'handle_report'])),
}

/**
 * Orders a report on the example's page and waits for its last status. Leaves the page open.
 *
 * @param ordersBefore ordered just before it, so that it has to wait for the worker.
 */
export async function orderReport(
  page: Page,
  exampleUrl: string,
  variant: Variant,
  button: 'Create a report' | 'Create a report that fails',
  ordersBefore = 0,
): Promise<{ readonly status: string; readonly traceId: string }> {
  await page.goto(exampleUrl)
  const tab = page.getByRole('link', {
    name: variant === 'headers' ? 'Context in the headers' : 'Context in the value',
  })
  await tab.click()
  await page.waitForLoadState()
  const rows = page.locator('tr[data-report-id]')
  for (let orders = 0; orders <= ordersBefore; orders++) {
    await page.getByRole('button', { name: button, exact: true }).click()
    await rows.nth(orders).waitFor()
  }
  const row = rows.first()
  const status = row.locator('td.status:is([data-status=done], [data-status=fail])')
  await status.waitFor()
  const link = (await row.locator('a.trace').getAttribute('href')) ?? ''
  return { status: await status.innerText(), traceId: link.split('/').at(-1) ?? '' }
}

/** Follows the newest report's link to its trace. */
export async function followTrace(page: Page): Promise<void> {
  await page.locator('tr[data-report-id] a.trace').first().click()
  await page.getByRole('treegrid').waitFor()
}
