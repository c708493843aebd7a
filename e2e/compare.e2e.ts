import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { StorySpan } from '@waybill/model/story'
import type { Page } from 'playwright-core'
import { seriousViolations } from './src/accessibility.ts'
import type { TestBrowser } from './src/browser.ts'
import { startBrowser } from './src/browser.ts'
import { failedOrder, likeOrder, longImport, orderLanguages, usualOrder } from './src/compared-stories.ts'
import { wholeTrace } from './src/jaeger-api.ts'
import { postStory } from './src/post-story.ts'
import type { LoneWaybill } from './src/system.ts'
import { startWaybill } from './src/system.ts'

/* Two traces laid over each other, in a real browser, before a Waybill that they were posted to. */

let waybill: LoneWaybill
let browser: TestBrowser
let usual: string
let like: string
let failed: string

before(async () => {
  browser = await startBrowser()
  waybill = await startWaybill()
  usual = await stored(1, usualOrder, 120_000)
  like = await stored(2, likeOrder, 150_000)
  failed = await stored(3, failedOrder, 60_000)
})
after(async () => {
  await browser?.close()
  await waybill?.stop()
})

/** Posts a story that began so long ago, and waits until it can be read. */
async function stored(trace: number, spans: readonly StorySpan[], agoMs: number): Promise<string> {
  const traceId = await postStory(waybill.otlpUrl, trace, spans, Date.now() - agoMs, orderLanguages)
  await wholeTrace(waybill.waybillUrl, traceId, spans.length)
  return traceId
}

const steps = (page: Page) => page.getByRole('region', { name: 'Steps' })

async function openComparison(page: Page, a: string, b: string): Promise<void> {
  await page.goto(`${waybill.waybillUrl}/compare?a=${a}&b=${b}`)
  await steps(page).waitFor()
}

/** What stands in the rows of the table, a text for each. */
async function stepTexts(page: Page): Promise<readonly string[]> {
  const texts = await steps(page).locator('tbody tr:not(.space)').allInnerTexts()
  return texts.map(text => text.replaceAll(/\s+/g, ' ').trim())
}

test('two orders marked in Explore: every step of both, and the slower wait by name', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(waybill.waybillUrl)
    await page.getByRole('checkbox', { name: 'Compare POST /orders, 2.5 s' }).first().waitFor()
    // Newest first: the failed one, the usual one, the like one.
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('c')
    await page.waitForURL(/marked=/)
    await page.getByRole('checkbox', { name: 'Compare POST /orders, 5.8 s' }).check()
    await page.getByRole('link', { name: 'Compare A and B' }).click()
    await steps(page).waitFor()

    const { pathname, searchParams } = new URL(page.url())
    assert.equal(pathname, '/compare')
    assert.deepEqual(Object.fromEntries(searchParams), { a: usual, b: failed })
    assert.deepEqual(await stepTexts(page), [
      'shop POST /orders 96 ms 96 ms =',
      'shop validate order 18 ms 18 ms =',
      'shop send orders 40 ms 40 ms =',
      'waited in orders for billing 2.1 s 5 s +2.9 s ×2.4 +2.9 s ▲ waits longer',
      'billing process orders 210 ms 730 ms ✕ +520 ms ×3.5 +230 ms ✕ fails in B only ▲ slower',
      'billing charge card 120 ms ×3 360 ms ✕3 +240 ms ×3 +240 ms ✕ fails in B only ▲ slower × 2 more',
      'billing refund – 60 ms +60 ms +60 ms + only in B',
      'billing send payments 10 ms – −10 ms −10 ms − only in A',
      'waited in payments for notification 30 ms – −30 ms −30 ms − only in A',
      'notification process payments 110 ms – −110 ms −110 ms − only in A',
    ])
    const said = await page
      .getByRole('region', { name: 'Largest differences' })
      .getByRole('button')
      .allInnerTexts()
    assert.deepEqual(said, [
      'waited in orders: 2.1 s → 5 s',
      'billing charge card: 120 ms → 360 ms',
      'billing process orders itself: 80 ms → 310 ms',
    ])
    const failing = page.getByRole('region', { name: 'Failing' })
    assert.match(await failing.innerText(), /✕ billing charge card: fails in B only/)
    const totals = page.getByRole('table', { name: 'The two traces as a whole' }).getByRole('row')
    assert.match(await totals.nth(3).innerText(), /\+3\.3 s ×2\.3\s+\+2\.87 s ×2\.3\s+\+1\s+−1\s+−1\s+\+4/)
  }))

test('a step leads to its span: the failed one in B, by the cell of A the one in A', () =>
  browser.withPage({}, async ({ page }) => {
    await openComparison(page, usual, failed)
    const charge = steps(page).getByRole('row', { name: /charge card/ })
    await charge.click()
    await page.getByRole('complementary', { name: 'Details' }).getByText('it failed').waitFor()
    assert.equal(new URL(page.url()).pathname, `/trace/${failed}`)
    await page.goBack()
    await charge.getByRole('link', { name: '120 ms', exact: true }).click()
    await page.getByRole('complementary', { name: 'Details' }).waitFor()
    assert.equal(new URL(page.url()).pathname, `/trace/${usual}`)
    await page.goBack()
    await steps(page)
      .getByRole('row', { name: /waited in orders/ })
      .click()
    const details = page.getByRole('complementary', { name: 'Details' })
    assert.match(await details.innerText(), /waited\s+5 s in Kafka/)
  }))

test('the largest differences first, only what differs, and A and B swapped, all in the address', () =>
  browser.withPage({}, async ({ page }) => {
    await openComparison(page, usual, failed)
    await page.getByRole('button', { name: 'Largest differences first' }).click()
    await page.waitForURL(/sort=difference/)
    assert.match((await stepTexts(page))[0] ?? '', /^waited in orders/)
    await page.getByRole('button', { name: 'Only what differs' }).click()
    await page.waitForURL(/show=differing/)
    assert.equal((await stepTexts(page)).length, 7)
    await page.keyboard.press('x')
    await page.getByRole('button', { name: 'waited in orders: 5 s → 2.1 s' }).waitFor()
    await page.reload()
    await steps(page).waitFor()
    assert.match(
      (await stepTexts(page))[0] ?? '',
      /^waited in orders .* 5 s 2\.1 s −2\.9 s ×0\.42 .* ▼ waits shorter$/,
    )
  }))

test('from a trace by its key: the other one out of the latest of its kind, or by its id', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(`${waybill.waybillUrl}/trace/${usual}`)
    await page.getByRole('list', { name: 'Services and their languages' }).waitFor()
    const languages = await page.getByRole('list', { name: 'Services and their languages' }).innerText()
    assert.match(languages, /shop Node\.js\s+billing Python\s+notification Go/)
    await page.keyboard.press('c')
    await page.getByRole('heading', { name: 'Choose trace B' }).waitFor()
    const candidates = page.getByRole('region', { name: 'The latest of shop POST /orders' }).getByRole('link')
    await candidates.first().waitFor()
    assert.equal(await candidates.count(), 2)
    await candidates.nth(1).click()
    await page.getByText('The two traces are alike.').waitFor()

    await page.getByRole('link', { name: 'Change trace B' }).click()
    const box = page.getByRole('textbox', { name: 'Trace id or link' })
    await box.fill('yesterday, around noon')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await box.fill(`${waybill.waybillUrl}/trace/${failed}`)
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Largest differences' }).waitFor()
  }))

test('a trace that is not stored is named, and the other one stays', () =>
  browser.withPage({ expected: /404/ }, async ({ page }) => {
    const unknown = 'd'.repeat(32)
    await page.goto(`${waybill.waybillUrl}/compare?a=${unknown}&b=${like}`)
    await page.getByRole('heading', { name: `Trace A: nothing is stored of ${unknown}` }).waitFor()
    await page
      .getByRole('region', { name: 'The latest of shop POST /orders' })
      .getByRole('link')
      .first()
      .click()
    await steps(page).waitFor()
    assert.equal(new URL(page.url()).searchParams.get('b'), like)
  }))

test('a trace and itself', () =>
  browser.withPage({}, async ({ page }) => {
    await openComparison(page, usual, usual)
    await page.getByText('A and B are the same trace.').waitFor()
    assert.ok((await stepTexts(page)).every(text => / =$/.test(text)))
  }))

test('slowest first, in Explore and by the address that Jaeger writes', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(
      `${waybill.waybillUrl}/search?service=shop&operation=${encodeURIComponent('POST /orders')}&lookback=1h&minDuration=10ms`,
    )
    const durations = page.locator('.result-duration')
    await durations.nth(2).waitFor()
    assert.deepEqual(await durations.allTextContents(), ['5.8 s', '2.5 s', '2.5 s'])
    assert.equal(new URL(page.url()).searchParams.get('q'), 'service:shop name:"POST /orders" dur>=10ms')
    await page.goto(
      `${waybill.waybillUrl}/search?service=shop&operation=send%20orders&lookback=1h&tags=${encodeURIComponent('{"messaging.destination.name":"orders"}')}`,
    )
    await durations.nth(2).waitFor()
    assert.equal(
      new URL(page.url()).searchParams.get('q'),
      'service:shop name:"send orders" messaging.destination.name:orders',
    )
    // The failed one is the newest, too: the order shows without it.
    await page.goto(`${waybill.waybillUrl}/?q=${encodeURIComponent('service:shop {service:notification}')}`)
    const links = page.locator('.result-name')
    await links.nth(1).waitFor()
    const hrefs = () => links.evaluateAll(all => all.map(link => link.getAttribute('href')?.slice(-32)))
    assert.deepEqual(await hrefs(), [usual, like])
    await page.getByRole('combobox', { name: 'Order of the traces' }).selectOption('slowest')
    await page.waitForURL(/sort=slowest/)
    await page.locator('.results:not([data-stale])').waitFor()
    assert.deepEqual(await hrefs(), [like, usual])
  }))

test('an operation of a service by two presses', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(waybill.waybillUrl)
    await page.getByRole('button', { name: /^billing/ }).click()
    await page.getByRole('heading', { name: 'Operation of billing' }).waitFor()
    await page.getByRole('button', { name: 'refund' }).click()
    await page.waitForURL(/name:refund/)
    await page.locator('.results:not([data-stale]) .result-name').first().waitFor()
    assert.match((await page.locator('.result-name').first().getAttribute('href')) ?? '', new RegExp(failed))
    assert.equal(await page.locator('.result').count(), 1)
  }))

test('50,000 spans on both sides: rows at once, and the last of them on End', { timeout: 240_000 }, () =>
  browser.withPage({}, async ({ page }) => {
    page.setDefaultTimeout(120_000)
    const [a, b] = [
      await stored(101, longImport(50_000, 0), 600_000),
      await stored(102, longImport(50_000, 700), 400_000),
    ]
    await openComparison(page, a, b)
    const table = steps(page).getByRole('table')
    assert.equal(await table.getAttribute('aria-rowcount'), '47452')
    assert.ok((await stepTexts(page)).length < 120)
    await page.keyboard.press('End')
    await steps(page).locator('tr[aria-rowindex="47452"][data-selected]').waitFor()
    await page.getByRole('button', { name: 'Largest differences first' }).click()
    await page.waitForURL(/sort=difference/)
  }),
)

for (const colorScheme of ['light', 'dark'] as const)
  for (const width of [1440, 390])
    test(`nothing keeps anybody out, and nothing runs over the page (${colorScheme}, ${width} px)`, () =>
      browser.withPage({ colorScheme }, async ({ page }) => {
        await page.setViewportSize({ width, height: 900 })
        await openComparison(page, usual, failed)
        assert.deepEqual(await seriousViolations(page), [])
        assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width)
        await page.goto(`${waybill.waybillUrl}/compare?a=${usual}`)
        await page
          .getByRole('region', { name: /The latest of/ })
          .getByRole('link')
          .first()
          .waitFor()
        assert.deepEqual(await seriousViolations(page), [])
        await page.goto(`${waybill.waybillUrl}/?marked=${usual}`)
        await page.getByRole('link', { name: 'Compare A with…' }).waitFor()
        assert.deepEqual(await seriousViolations(page), [])
        assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth')) <= width)
      }))
