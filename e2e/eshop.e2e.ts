import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { seriousViolations } from './src/accessibility.ts'
import type { TestBrowser } from './src/browser.ts'
import { startBrowser } from './src/browser.ts'
import { wholeTrace } from './src/jaeger-api.ts'
import type { System } from './src/system.ts'
import { startSystem } from './src/system.ts'
import { details, outline } from './src/timeline.ts'
import { picture } from './src/tour.ts'

/* The shop's page: a checkout, and the trace that its link leads to. */

const spansOfCheckout = 14

let system: System
let browser: TestBrowser
before(async () => {
  browser = await startBrowser()
  system = await startSystem('eshop')
})
after(async () => {
  await browser?.close()
  await system?.stop()
})

test('a checkout by a button, and its trace to the mail behind Kafka', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(system.exampleUrl)
    await page.getByRole('button', { name: 'Check out' }).click()
    const row = page.locator('#orders tr').first()
    await row.getByText('checked out').waitFor()
    assert.deepEqual(await seriousViolations(page), [])
    const link = row.getByRole('link')
    const traceId = (await link.getAttribute('href'))?.split('/').at(-1) ?? ''
    await wholeTrace(system.waybillUrl, traceId, spansOfCheckout)
    await link.click()
    await page.getByRole('treegrid').waitFor()
    assert.deepEqual(await outline(page), [
      'edge-proxy eshop/checkout',
      '  eshop checkout',
      '    eshop POST /createOrder',
      '      inventory createOrder',
      '    eshop POST /payment',
      '      billing payment',
      '        billing BankTransaction.transfer',
      '        billing DBAccess.save2db',
      '    eshop POST /arrangeDelivery',
      '      delivery arrangeDelivery',
      '    eshop send eshop-topic',
      '      eshop-topic[…] waited … in Kafka',
      '        kafka-consumer process eshop-topic',
      '          kafka-consumer POST /sendEmail',
      '            notification sendEmail',
    ])
    await picture(page, 'checkout', 710)
    assert.match(await details(page, /eshop-topic\[/), /group eshop-demo-app/)

    // The article's last picture: the same as a graph.
    await page.getByRole('tab', { name: 'Graph' }).click()
    const graph = page.locator('section.graph')
    for (const stop of [
      /^eshop send eshop-topic/,
      /^eshop-topic\[\d\]@\d+, waited/,
      /^kafka-consumer process eshop-topic/,
    ])
      await graph.getByRole('button', { name: stop }).waitFor()
  }))
