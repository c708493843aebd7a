import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { seriousViolations } from './src/accessibility.ts'
import type { TestBrowser } from './src/browser.ts'
import { startBrowser } from './src/browser.ts'
import { wholeTrace } from './src/jaeger-api.ts'
import { leftOut } from './src/left-out.ts'
import type { System } from './src/system.ts'
import { startSystem } from './src/system.ts'
import { details, outline } from './src/timeline.ts'
import { picture } from './src/tour.ts'

/* The page of hello: questions to Go and Python, and the traces of their answers. */

let system: System
let browser: TestBrowser
let missing = ''
before(async () => {
  browser = await startBrowser()
  system = await startSystem('hello')
  missing = await leftOut(system.exampleUrl)
})
after(async () => {
  await browser?.close()
  await system?.stop()
})

/** Presses a button and follows the link to the trace of the answer, once that is whole. */
async function ask(page: Page, button: string, spans: number): Promise<void> {
  await page.goto(system.exampleUrl)
  await page.getByRole('button', { name: button }).click()
  const link = page.getByRole('link', { name: 'open' }).first()
  await wholeTrace(system.waybillUrl, (await link.getAttribute('href'))?.split('/').at(-1) ?? '', spans)
  await link.click()
  await page.getByRole('treegrid').waitFor()
}

test('a question to Python is one trace over Python and Go, over HTTP and gRPC', async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    await page.goto(system.exampleUrl)
    assert.deepEqual(await seriousViolations(page), [])
    await ask(page, 'Ask flask_sample', 8)
    const [first = '', ...rows] = await outline(page)
    assert.match(first, /^flask_sample \[GET\]http:.*\/hello\?name=world$/)
    assert.deepEqual(rows, [
      '  flask_sample sqlalchemy.query',
      '  flask_sample sqlalchemy.query',
      '  flask_sample /sub',
      '    flask_sample /sub',
      '      gotest sub',
      '  flask_sample Sent.helloworld.Greeter.SayHello',
      '    gotest Recv.helloworld.Greeter.SayHello',
    ])
  })
})

test("OpenTracing's model: what follows from another span is drawn apart from what it caused", async t => {
  if (missing !== '') return t.skip(missing)
  await browser.withPage({}, async ({ page }) => {
    await ask(page, "Tell OpenTracing's model", 8)
    // B and C run at once. Behind a name stands how many spans it is linked with.
    assert.deepEqual(
      [...(await outline(page))].sort(),
      [
        '      gotest G 2',
        '        gotest H 1',
        '    flask_sample E',
        '    gotest D',
        '    gotest F 1',
        '  gotest B',
        '  gotest C',
        'gotest A',
      ].sort(),
    )
    assert.match(await details(page, / G /), /Links ← F .*opentracing\.ref_type=follows_from → H /)
    await page.getByRole('tab', { name: 'Graph' }).click()
    const graph = page.locator('section.graph')
    await graph.locator('.stop').first().waitFor()
    assert.match(
      await page.getByRole('list', { name: 'Legend' }).innerText(),
      /parent\s+link or follows from/,
    )
    await picture(page, 'follows', 500)
  })
})
