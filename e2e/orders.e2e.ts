import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { seriousViolations } from './src/accessibility.ts'
import type { TestBrowser } from './src/browser.ts'
import { startBrowser } from './src/browser.ts'
import { jaegerTraces, wholeTrace } from './src/jaeger-api.ts'
import { leftOut } from './src/left-out.ts'
import { playScenario, sendOne, traceIdIn } from './src/orders-page.ts'
import { poll } from './src/poll.ts'
import type { System } from './src/system.ts'
import { startSystem } from './src/system.ts'
import { details, outline, timelineRows } from './src/timeline.ts'
import { picture } from './src/tour.ts'

/* The orders' page: a button, its link into Waybill, and the answer that Waybill's page gives. */

let system: System
let browser: TestBrowser
let missing = ''
before(async () => {
  browser = await startBrowser()
  system = await startSystem('orders')
  missing = await leftOut(system.exampleUrl)
})
after(async () => {
  await browser?.close()
  await system?.stop()
})

const spansOfOrder = 7
/** A trace that was found; while it is searched, rows without content stand in its place. */
const result = '.result-list .result'

/** Opens a trace by a link's address, once it is whole. */
async function openTrace(page: Page, url: string | undefined, spans: number): Promise<void> {
  assert.ok(url !== undefined)
  await wholeTrace(system.waybillUrl, traceIdIn(url), spans)
  await page.goto(url)
  await page.getByRole('treegrid').waitFor()
}

/** What the only result says. `innerText` would be empty before its first frame: rows have `content-visibility`. */
async function resultText(page: Page): Promise<string> {
  return (await page.locator(result).textContent()) ?? ''
}

/** Opens a search by a link's address, and waits for what it finds. */
async function openSearch(page: Page, url: string | undefined): Promise<void> {
  assert.ok(url !== undefined)
  await page.goto(url)
  await page.locator(result).first().waitFor()
}

test('an order by a button is one trace over three languages, which is read without colour', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    const traceId = await sendOne(page, system.exampleUrl, 'Order a laptop')
    await wholeTrace(system.waybillUrl, traceId, spansOfOrder)
    await page.locator('#sent a').first().click()
    await page.getByRole('treegrid').waitFor()
    // Each row says in words whose it is and what it did, and a wait that it is one, and where.
    assert.deepEqual(await outline(page), [
      'order-service POST /orders',
      '  order-service send orders.created',
      '    orders.created[…] waited … in Kafka',
      '      payment-service process.payment',
      '        payment-service charge.card',
      '        payment-service INSERT payments',
      '        payment-service send payments.processed',
      '          payments.processed[…] waited … in Kafka',
      '            notification-service send.notification',
    ])
    await picture(page, 'languages', 545)
    for (const [row, language] of [
      [/POST \/orders/, 'nodejs'],
      [/process\.payment/, 'python'],
      [/send\.notification/, 'go'],
    ] as const)
      assert.match(await details(page, row), new RegExp(`telemetry\\.sdk\\.language ${language}`))
    await page.getByRole('tab', { name: /Messages/ }).click()
    const messages = await page.getByRole('row').allInnerTexts()
    assert.match(messages.join('\n'), /payments\.processed\[\d\]@\d+\s+Kafka\s+payment-service/)
    await page.getByRole('button', { name: 'Close the details' }).click()
    await picture(page, 'messages', 355)
    await page.getByRole('tab', { name: 'Graph' }).click()
    const graph = page.locator('section.graph')
    for (const topic of [/orders\.created/, /payments\.processed/])
      await graph.getByRole('button', { name: topic }).first().waitFor()
    await picture(page, 'graph', 505)
  })
})

test('a message over RabbitMQ is one trace, its wait labelled as time in RabbitMQ', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    const traceId = await sendOne(page, system.exampleUrl, 'Send a message')
    await wholeTrace(system.waybillUrl, traceId, 3)
    await page.locator('#sent a').first().click()
    await page.getByRole('treegrid').waitFor()
    assert.deepEqual(await outline(page), [
      'message-service POST /messages',
      '  message-service publish tasks',
      '    tasks […] waited … in RabbitMQ',
      '      message-worker process.task',
    ])
  })
})

test('dead-letter: what a failed order looks like, and where its message went', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    const looks = await playScenario(page, system.exampleUrl, 'dead-letter')
    await openTrace(page, looks.get('the order, and its way to the dead letters'), 5)
    assert.deepEqual(await outline(page), [
      'order-service POST /orders',
      '  order-service send orders.created',
      '    orders.created[…] waited … in Kafka',
      '      payment-service process.payment',
      '        payment-service charge.card',
      '        payment-service send orders.created.dlq',
    ])
    assert.equal(await page.getByLabel('failed', { exact: true }).count(), 2)
    assert.match(await details(page, /charge\.card/), /Amount too high!/)
    await picture(page, 'dead-letter', 600)
    assert.match(await details(page, /send orders\.created\.dlq/), /AmountTooHigh/)
    for (const search of ['all that died on orders.created', 'dead letters that nobody has read']) {
      await openSearch(page, looks.get(search))
      assert.match(await resultText(page), /orders\.created\.dlq/)
    }
    // The results do not wait for what is counted beside them.
    await page.locator('figure.histogram').waitFor()
    await page.getByRole('button', { name: 'Leave order-service out' }).waitFor({ state: 'attached' })
    await picture(page, 'dead-letters', 420)
  })
})

test('retry-storm: every attempt is a row, and a retry says that it is one', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    const looks = await playScenario(page, system.exampleUrl, 'retry-storm')
    await openTrace(page, looks.get('the first order'), spansOfOrder)
    assert.deepEqual((await outline(page)).slice(3), [
      '      payment-service process.payment',
      ...[1, 2, 3].map(() => '        payment-service charge.card'),
      '        payment-service send orders.created.dlq',
    ])
    await page
      .getByRole('row', { name: /charge\.card/ })
      .last()
      .click()
    const panel = page.getByRole('complementary', { name: 'Details' })
    assert.match((await panel.innerText()).replaceAll(/\s+/g, ' '), /payment\.attempt 3/)
    await picture(page, 'retries', 600)
    await openSearch(page, looks.get('attempts of the first order'))
    assert.equal(await page.locator(result).count(), 1)
  })
})

test('broken-context: the trace ends at Kafka, and the message leads on to the other one', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    const looks = await playScenario(page, system.exampleUrl, 'broken-context')
    await openTrace(page, looks.get('the order: one half'), 2)
    const message = page.getByRole('row', { name: /waited .* in Kafka · to payment-service/ })
    await message.waitFor()
    assert.match(await details(page, / waited /), /coordinates/)
    await picture(page, 'broken', 680)
    await page
      .getByRole('complementary', { name: 'Details' })
      .getByRole('link', { name: /process\.payment received by/ })
      .click()
    await page.getByRole('row', { name: /INSERT payments/ }).waitFor()
    assert.match((await outline(page)).join('\n'), /payment-service process\.payment/)
    await openSearch(page, looks.get('payments that start a trace of their own'))
    assert.match(await resultText(page), /process\.payment/)
  })
})

test('bottleneck: the slowest of ten orders, what it waited for, and the slow part of all', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    const looks = await playScenario(page, system.exampleUrl, 'bottleneck')
    await poll('ten orders are dealt with', async () => {
      const query = '?service=payment-service&operation=INSERT%20payments&minDuration=550ms&limit=20'
      const found = await jaegerTraces(system.waybillUrl, query)
      return (found.length === 10 && found.every(({ spans }) => spans.length === spansOfOrder)) || undefined
    })
    await openSearch(page, looks.get('spans that took long'))
    assert.ok((await page.locator(result).count()) >= 10)

    await openSearch(page, looks.get('ten orders, the slow ones by their length'))
    await page
      .getByRole('complementary')
      .getByRole('button', { name: /payments\.processed/ })
      .first()
      .waitFor()
    await page.getByLabel('Order of the traces').selectOption('slowest first')
    const durations = await poll('the slowest stand first', async () => {
      const texts = await page.locator(`${result} .result-duration`).allTextContents()
      const seconds = texts.map(text => Number(/^([\d.]+) s$/.exec(text)?.[1]))
      return seconds.every((each, i) => i === 0 || each <= (seconds[i - 1] ?? 0)) ? seconds : undefined
    })
    assert.ok(durations.length >= 5 && durations.every(seconds => seconds > 2), durations.join())
    await picture(page, 'explore')
    const marks = page.getByRole('checkbox')
    for (const mark of [marks.first(), marks.last()]) await mark.check()
    await page.getByRole('link', { name: 'Compare A and B' }).click()
    await page.getByText('waits shorter').waitFor()
    await picture(page, 'compare', 640)
    await page.goBack()

    await page.getByRole('link', { name: 'POST /orders' }).first().click()
    await page.getByRole('treegrid').waitFor()
    // Two seconds and more in the topic, in the head's sum and as a row; the payment's own slow part is its insert.
    assert.match(await page.locator('.trace-head').innerText(), /waiting in queues [2-9][\d.]* s/)
    const rows = (await timelineRows(page)).map(({ text }) => text)
    assert.match(rows[2] ?? '', /^orders\.created\[\d\]@\d+ waited [2-9][\d.]* s in Kafka$/)
    await picture(page, 'bottleneck', 545)

    await page.getByRole('link', { name: 'Map' }).click()
    const map = page.locator('section.graph')
    await map
      .getByRole('button', { name: /orders\.created\.dlq/ })
      .first()
      .waitFor()
    await picture(page, 'map', 480)
  })
})

test('search as in Jaeger: by service, operation, tag and duration, typed and then clicked', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    await page.goto(system.waybillUrl)
    await page.locator(result).first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type(
      'service:order-service name:"POST /orders" order.product:"Laptop 10" trace.dur>1s',
    )
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByRole('heading', { name: '1 trace', exact: true }).waitFor()
    assert.match(await resultText(page), /waited [\d.]+ s/)

    // Of a service by what the result has in common, and out of it again.
    await page.goto(system.waybillUrl)
    const worker = page.getByRole('complementary').getByRole('button', { name: /^message-worker/ })
    await worker.click()
    await page.getByRole('heading', { name: '1 trace', exact: true }).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('q'), 'service:message-worker')
    await worker.click()
    await page.getByRole('link', { name: 'POST /orders' }).first().waitFor()
    assert.equal(new URL(page.url()).searchParams.get('q'), null)
  })
})

for (const colorScheme of ['light', 'dark'] as const)
  test(`nothing on the orders' page keeps anybody out (${colorScheme})`, () =>
    browser.withPage({ colorScheme }, async ({ page }) => {
      await sendOne(page, system.exampleUrl, 'Order a yacht')
      assert.deepEqual(await seriousViolations(page), [])
    }))
