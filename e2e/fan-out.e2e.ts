import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { seriousViolations } from './src/accessibility.ts'
import type { TestBrowser } from './src/browser.ts'
import { startBrowser } from './src/browser.ts'
import { jaegerTraces } from './src/jaeger-api.ts'
import { poll } from './src/poll.ts'
import type { System } from './src/system.ts'
import { startSystem } from './src/system.ts'
import { outline } from './src/timeline.ts'
import { picture } from './src/tour.ts'

/* The fan-out's page: records are produced, and found by the link to the traces of their producer. */

const spansOfRecord = 5

let system: System
let browser: TestBrowser
before(async () => {
  browser = await startBrowser()
  system = await startSystem('fan-out')
})
after(async () => {
  await browser?.close()
  await system?.stop()
})

test('records by a button, and the trace of one with a wait for each of the two groups', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(system.exampleUrl)
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Produce five' }).click()
    const link = page.getByRole('link', { name: 'traces of producer1' })
    await link.waitFor()
    await poll('five records have been dealt with by both', async () => {
      const traces = await jaegerTraces(system.waybillUrl, '?service=producer1&limit=5')
      return (traces.length === 5 && traces.every(({ spans }) => spans.length === spansOfRecord)) || undefined
    })
    await link.click()
    // The last to be dealt with, which the others kept waiting.
    await page.getByLabel('Order of the traces').selectOption('slowest first')
    await page.waitForURL(/sort=slowest/)
    await page.locator('.results:not([data-stale]) .result-list a').first().click()
    await page.getByRole('treegrid').waitFor()
    const lines = await outline(page)
    assert.deepEqual(
      [lines[0], ...lines.slice(1).sort()],
      [
        'producer1 send',
        '      consumer1 dosomething',
        '      consumer2 dosomething',
        '    consumer1 poll',
        '    consumer2 poll',
        '  testTopic[…] waited … in Kafka · group zipkin-consumer1',
        '  testTopic[…] waited … in Kafka · group zipkin-consumer2',
      ],
    )
    await picture(page, 'fan-out', 470)
  }))
