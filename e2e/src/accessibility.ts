import type { AxeResults } from 'axe-core'
import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe-core finds wrong on the page as it stands, serious or worse, one line for every rule and place. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  // Through the debugger, since the page's content security policy lets no script in by other ways.
  await page.evaluate(axe.source)
  const results = (await page.evaluate('axe.run()')) as AxeResults
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary}`),
    )
}
