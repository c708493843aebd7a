import type { Page } from 'playwright-core'

/** Where a scenario's answer is: the texts of its links, with their addresses in Waybill. */
export type Looks = ReadonlyMap<string, string>

/** A scenario restarts the services whose settings it changes, and orders. */
const scenarioMs = 60_000

/** Plays a scenario by its button on the orders' page, and returns the links that it ends with. */
export async function playScenario(page: Page, exampleUrl: string, name: string): Promise<Looks> {
  await page.goto(exampleUrl)
  const row = page.getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) })
  await row.getByRole('button').click()
  const links = row.getByRole('link')
  await links.first().waitFor({ timeout: scenarioMs })
  const read = (await links.all()).map(
    async link => [await link.innerText(), (await link.getAttribute('href')) ?? ''] as const,
  )
  return new Map(await Promise.all(read))
}

/** Presses a button that sends one thing, and returns the id of its trace. Leaves the link at the top of the table. */
export async function sendOne(page: Page, exampleUrl: string, button: string): Promise<string> {
  await page.goto(exampleUrl)
  await page.getByRole('button', { name: button, exact: true }).click()
  const link = page.locator('#sent a').first()
  await link.waitFor()
  return traceIdIn((await link.getAttribute('href')) ?? '')
}

/** The id at the end of a trace's address. */
export function traceIdIn(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? ''
}
