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

/* The fan-out's page: a record is produced, and found by the link to the traces of its producer. */

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

test('a record by a button, and its trace with a wait for each of the two groups', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(system.exampleUrl)
    assert.deepEqual(await seriousViolations(page), [])
    await page.getByRole('button', { name: 'Produce one record' }).click()
    const link = page.getByRole('link', { name: 'traces of producer1' })
    await link.waitFor()
    await poll('the record has been dealt with by both', async () => {
      const [trace] = await jaegerTraces(system.waybillUrl, '?service=producer1')
      return trace !== undefined && trace.spans.length >= spansOfRecord ? trace : undefined
    })
    await link.click()
    await page.locator('.result-list a').first().click()
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
