import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { seriousViolations } from './src/accessibility.ts'
import type { TestBrowser } from './src/browser.ts'
import { startBrowser } from './src/browser.ts'
import { poll } from './src/poll.ts'
import { postStory } from './src/post-story.ts'
import { followsStory, largeStory, shopStory } from './src/stories.ts'
import type { LoneWaybill } from './src/system.ts'
import { startWaybill } from './src/system.ts'

/* A trace as causes, and the map of all services, in a real browser, before a Waybill that the traces were posted to. */

const largeCount = 50_000
const postedAtOnce = 5000

let waybill: LoneWaybill
let browser: TestBrowser
let shop: string
let follows: string
let large: string

before(async () => {
  browser = await startBrowser()
  waybill = await startWaybill()
  const start = Date.now() - 120_000
  shop = await postStory(waybill.otlpUrl, 1, shopStory, start)
  follows = await postStory(waybill.otlpUrl, 2, followsStory, start)
  // The map is of the last hour: what is large lies before that.
  large = await postLarge(start - 7_200_000)
})
after(async () => {
  await browser?.close()
  await waybill?.stop()
})

async function postLarge(startUnixMs: number): Promise<string> {
  const spans = largeStory(largeCount)
  let traceId = ''
  for (let from = 0; from < spans.length; from += postedAtOnce)
    traceId = await postStory(waybill.otlpUrl, 3, spans.slice(from, from + postedAtOnce), startUnixMs)
  return traceId
}

const graphOf = (page: Page): Locator => page.getByRole('region', { name: 'Graph of the trace' })
const mapOf = (page: Page): Locator => page.getByRole('region', { name: 'Map' })

async function openGraph(page: Page, traceId: string): Promise<void> {
  await page.goto(`${waybill.waybillUrl}/trace/${traceId}?tab=graph`)
  await graphOf(page).locator('.stop').first().waitFor()
}

/** What every stop of a graph says, in the order of the page. */
async function stopNames(graph: Locator): Promise<readonly string[]> {
  const stops = await graph.locator('.stop').all()
  return Promise.all(stops.map(async stop => (await stop.getAttribute('aria-label')) ?? ''))
}

/** Texts of a graph whose boxes lie over each other, each pair as one line. */
async function overlaps(graph: Locator): Promise<readonly string[]> {
  return graph.evaluate(element => {
    const texts = [...element.querySelectorAll('svg text')]
      .map(text => ({ said: text.textContent ?? '', box: text.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0)
    const found: string[] = []
    for (const [i, a] of texts.entries())
      for (const b of texts.slice(i + 1)) {
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
        // Lines of text stand closer than the boxes around them.
        if (across > 1 && down > 4) found.push(`${a.said} / ${b.said}`)
      }
    return found
  })
}

test('the way of an order: services, their spans, the topics between, and how long each group waited', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(`${waybill.waybillUrl}/trace/${shop}`)
    await page.getByRole('tab', { name: 'Graph' }).click()
    const graph = graphOf(page)
    await graph.locator('.stop').first().waitFor()
    assert.equal(new URL(page.url()).searchParams.get('tab'), 'graph')
    assert.deepEqual(await stopNames(graph), [
      'shop POST /orders, 96 ms',
      'shop validate order, 18 ms',
      'shop send orders, 40 ms',
      'shop send tasks, 9 ms',
      'orders[3]@1042, waited 2.1 s to 2.74 s in Kafka',
      'billing process orders, 212 ms',
      'billing POST api.cards/charge, 128 ms, failed',
      'billing POST api.cards/charge, 47 ms',
      'billing send payments, 9 ms',
      'payments, waited 61 ms in Kafka',
      'notification process payments, 118 ms',
      'notification SMTP send, 91 ms',
      'audit process orders, 84 ms',
      'audit INSERT audit_log, 63 ms',
      'tasks, not received',
      'audit, PostgreSQL',
    ])
    const labels = await graph.locator('.tie-label text').allTextContents()
    assert.deepEqual(labels, ['waited 2.1 s', 'group billing', 'waited 2.74 s', 'group audit'])
    // The audit links to the send; all else has a parent.
    assert.equal(await graph.locator('.tie.is-dashed').count(), 1)
    assert.equal(await graph.locator('.tie.is-solid').count(), 6)
    assert.match(await page.getByRole('list', { name: 'Legend' }).innerText(), /link or follows from/)
    assert.deepEqual(await overlaps(graph), [])
  }))

test('what follows from another is no call, and ten of one name are one', () =>
  browser.withPage({}, async ({ page }) => {
    await openGraph(page, follows)
    const graph = graphOf(page)
    const names = await stopNames(graph)
    assert.ok(
      names.includes('recommendations score product ×10, 10 spans, 10 ms to 19 ms, 1 of them failed'),
      names.join('\n'),
    )
    // One reference to the parent, one link across two services.
    assert.equal(await graph.locator('.tie.is-dashed').count(), 2)
    assert.match(await page.locator('.trace-graph-bar').innerText(), /17 spans in 8 rows/)
    assert.deepEqual(await overlaps(graph), [])
  }))

test('keys walk through the graph, and select as the timeline does', () =>
  browser.withPage({}, async ({ page }) => {
    await openGraph(page, shop)
    const graph = graphOf(page)
    await graph.locator('.stop[tabindex="0"]').focus()
    await page.keyboard.press('e')
    const tip = graph.locator('.graph-tip')
    assert.match(await tip.innerText(), /POST api\.cards\/charge\s+billing\s+128 ms\s+failed/)
    await page.keyboard.press('Enter')
    const details = page.getByRole('complementary', { name: 'Details' })
    assert.equal(await details.getByRole('heading', { level: 2 }).innerText(), 'POST api.cards/charge')
    await page.waitForURL(/span=0000000000000005/)
    await page.keyboard.press('Escape')
    await details.waitFor({ state: 'detached' })

    await graph.getByRole('button', { name: /^orders\[3\]@1042/ }).click()
    assert.equal(await details.getByRole('heading', { level: 2 }).innerText(), 'orders[3]@1042')
    await page.waitForURL(/span=0000000000000003-/)
    await page.reload()
    await graph.locator('.stop[aria-pressed="true"]').waitFor()
    assert.match(
      (await graph.locator('.stop[aria-pressed="true"]').getAttribute('aria-label')) ?? '',
      /^orders/,
    )
  }))

test('the graph is moved by dragging and the wheel, zoomed, and fitted again', () =>
  browser.withPage({}, async ({ page }) => {
    await openGraph(page, shop)
    const graph = graphOf(page)
    const view = () => graph.locator('[data-graph]').getAttribute('transform')
    const start = await view()
    const box = await graph.boundingBox()
    assert.ok(box !== null)
    const corner = { x: box.x + 40, y: box.y + 40 }
    await page.mouse.move(corner.x, corner.y)
    await page.mouse.down()
    await page.mouse.move(corner.x + 60, corner.y + 30, { steps: 4 })
    await page.mouse.up()
    const dragged = await view()
    assert.notEqual(dragged, start)
    await page.mouse.wheel(0, 80)
    await poll('the wheel moves the graph', async () => ((await view()) === dragged ? undefined : true))
    await page.getByRole('button', { name: 'Zoom in' }).click()
    assert.notEqual(await view(), start)
    await page.getByRole('button', { name: 'Fit' }).click()
    assert.equal(await view(), start)
  }))

test('50,000 spans are drawn as few, and said to be', () =>
  browser.withPage({}, async ({ page }) => {
    page.setDefaultTimeout(60_000)
    await openGraph(page, large)
    const said = await page.locator('.trace-graph-bar').innerText()
    assert.match(said, /50,000 spans in 240 rows: spans of one name under one cause are one row/)
    assert.match(said, /49,760 spans far from the root left out/)
    assert.ok((await graphOf(page).locator('.stop').count()) < 700)
  }))

test('the map: who sends to whom through what, narrowed to one, as a table, and as a picture', () =>
  browser.withPage({}, async ({ page }) => {
    await page.goto(`${waybill.waybillUrl}/dependencies`)
    const map = mapOf(page)
    await map.getByRole('button', { name: /^orders, topic of Kafka, waited p95 2.74 s/ }).waitFor()
    assert.equal(new URL(page.url()).pathname, '/map')
    const names = (await stopNames(map)).map(name => name.split(',')[0])
    assert.deepEqual(names.toSorted(), [
      ...['audit', 'billing', 'eshop', 'gateway', 'inventory', 'notification', 'orders', 'payments'],
      ...['recommendations', 'shop', 'tasks'],
    ])
    assert.deepEqual(await overlaps(map), [])

    await map.getByRole('button', { name: /^payments, topic of Kafka/ }).click()
    const details = page.getByRole('complementary', { name: 'Details' })
    assert.match(await details.innerText(), /waited, p95\s+61 ms/)
    assert.equal(await map.locator('.stop').count(), 3)
    await page.keyboard.press('Escape')
    await details.waitFor({ state: 'detached' })

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'map.svg')

    await page.keyboard.press('t')
    const row = page.getByRole('row', { name: /orders is received by audit/ })
    assert.match(await row.innerText(), /2\.74 s/)
    await page.keyboard.press('g')
    await page.keyboard.press('e')
    await page.waitForURL(url => url.pathname === '/')
    await page.getByRole('button', { name: 'Run' }).waitFor()
  }))

for (const colorScheme of ['light', 'dark'] as const)
  for (const [name, size] of Object.entries({
    wide: { width: 1440, height: 900 },
    narrow: { width: 390, height: 844 },
  }))
    test(`nothing on the graph and the map keeps anybody out (${colorScheme}, ${name})`, () =>
      browser.withPage({ colorScheme }, async ({ page }) => {
        await page.setViewportSize(size)
        await openGraph(page, shop)
        await graphOf(page)
          .getByRole('button', { name: /^billing POST api.cards\/charge, 128/ })
          .focus()
        assert.deepEqual(await seriousViolations(page), [])
        await page.keyboard.press('Enter')
        await page.getByRole('complementary', { name: 'Details' }).waitFor()
        assert.deepEqual(await seriousViolations(page), [])

        await page.goto(`${waybill.waybillUrl}/map`)
        await mapOf(page)
          .getByRole('button', { name: /^orders, / })
          .focus()
        assert.deepEqual(await seriousViolations(page), [])
        await page.keyboard.press('Enter')
        await page.getByRole('complementary', { name: 'Details' }).waitFor()
        assert.deepEqual(await seriousViolations(page), [])
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        assert.equal(wide, size.width, 'the page scrolls sideways')
      }))
