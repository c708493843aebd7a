import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { seriousViolations } from './src/accessibility.ts'
import type { TestBrowser } from './src/browser.ts'
import { startBrowser } from './src/browser.ts'
import { jaegerTraces, parentNames, tagsOf, wholeTrace } from './src/jaeger-api.ts'
import type { Variant } from './src/report-page.ts'
import { followTrace, orderReport, reportParents } from './src/report-page.ts'
import type { System } from './src/system.ts'
import { runToEnd, startSystem } from './src/system.ts'
import { timelineRows } from './src/timeline.ts'
import { picture } from './src/tour.ts'

/* The main job: a button on a page → Kafka → a worker → Waybill → the trace on a page, all of it real. */

const spansOfReport = Object.keys(reportParents).length
const variants: readonly Variant[] = ['headers', 'value']
const topicOf = { headers: 'report', value: 'report-value' } as const
const failure = /service 5 gave no figures for report/

let system: System
let browser: TestBrowser

before(async () => {
  browser = await startBrowser()
  system = await startSystem('reports')
})
after(async () => {
  await browser?.close()
  await system?.stop()
})

/** Orders a report, waits until all of its trace is stored, and opens it by the page's link. */
async function openTrace(
  page: Page,
  variant: Variant,
  button: 'Create a report' | 'Create a report that fails' = 'Create a report',
  ordersBefore = 0,
): Promise<{ readonly status: string; readonly traceId: string }> {
  const report = await orderReport(page, system.exampleUrl, variant, button, ordersBefore)
  if (variant === 'headers' && ordersBefore > 0) await picture(page, 'reports', 460)
  await wholeTrace(system.waybillUrl, report.traceId, spansOfReport)
  await followTrace(page)
  return report
}

for (const variant of variants) {
  test(`context in the ${variant}: the whole way of a report on one page`, () =>
    browser.withPage({}, async ({ page }) => {
      const { status, traceId } = await openTrace(page, variant)
      assert.equal(status, 'done')
      assert.equal(new URL(page.url()).pathname, `/trace/${traceId}`)

      const rows = await timelineRows(page)
      const message = new RegExp(`^${topicOf[variant]}\\[[0-2]\\]@\\d+ waited [\\d.]+ (ns|µs|ms|s) in Kafka$`)
      const expected: readonly (readonly [level: number, text: RegExp])[] = [
        [1, /^report-api report_request /],
        [2, /^report-api report_producer /],
        [3, message],
        [4, /^report-worker report_consumer /],
        [5, /^report-worker handle_report /],
        ...Array.from(
          { length: 10 },
          (_, step) => [6, new RegExp(`^report-worker doWork:${step} `)] as const,
        ),
      ]
      assert.equal(rows.length, expected.length, JSON.stringify(rows, null, 1))
      for (const [index, [level, text]] of expected.entries()) {
        assert.equal(rows[index]?.level, level, `row ${index}: ${rows[index]?.text}`)
        assert.match(rows[index]?.text ?? '', text)
      }
    }))

  test(`context in the ${variant}: the message's coordinates and its time in the queue`, () =>
    browser.withPage({}, async ({ page }) => {
      await openTrace(page, variant, 'Create a report', 2)
      await page.getByRole('row', { name: / waited / }).click()
      const details = page.getByRole('complementary', { name: 'Details' })
      const text = (await details.innerText()).replaceAll(/\s+/g, ' ')
      const [, partition, offset] = /report(?:-value)?\[(\d)\]@(\d+)/.exec(text) ?? []
      assert.match(text, new RegExp(`destination ${topicOf[variant]} `))
      assert.match(text, new RegExp(`partition, offset ${partition}, ${offset} `))
      assert.match(text, new RegExp(`group ${topicOf[variant]}-worker `))
      // Two reports of more than 300 ms were before it.
      assert.match(text, /waited (\d{3} ms|[\d.]+ s) in Kafka/)
      assert.match(text, /report_producer/)
      assert.match(text, /report_consumer/)
      if (variant === 'headers') await picture(page, 'wait')
    }))

  test(`context in the ${variant}: a failed step is marked up to where it was handled, with its error`, () =>
    browser.withPage({}, async ({ page }) => {
      const { status } = await openTrace(page, variant, 'Create a report that fails', 2)
      assert.equal(status, 'fail')
      const failed = page.getByRole('row').filter({ has: page.getByLabel('failed', { exact: true }) })
      const names = (await failed.allInnerTexts()).map(
        text => /report_\w+|handle_report|doWork:\d/.exec(text)?.[0],
      )
      assert.deepEqual(names, ['report_consumer', 'handle_report', 'doWork:5'])
      if (variant === 'headers') await picture(page, 'trace', 692)
      await failed.last().click()
      const details = page.getByRole('complementary', { name: 'Details' })
      assert.match(await details.innerText(), failure)
    }))

  test(`context in the ${variant}: the same trace through Jaeger's API and in the terminal`, async () => {
    const answer = await fetch(await apiAddress(variant))
    const traceId = answer.headers.get('traceresponse')?.split('-')[1] ?? ''
    assert.equal(answer.status, 200)
    const trace = await wholeTrace(system.waybillUrl, traceId, spansOfReport)

    assert.deepEqual(parentNames(trace), reportParents)
    const services = trace.spans.map(({ operationName, processID }) => [
      operationName,
      trace.processes[processID]?.serviceName,
    ])
    assert.ok(
      services.every(([name = '', service]) => service === serviceOf(name)),
      JSON.stringify(services),
    )
    const step = trace.spans.find(({ operationName }) => operationName === 'doWork:5')
    assert.ok(step !== undefined)
    assert.equal(tagsOf(step)['error'], true)
    const event = step.logs.flatMap(({ fields }) => fields).find(({ key }) => key === 'exception.message')
    assert.match(String(event?.value), failure)
    const consumer = trace.spans.find(({ operationName }) => operationName === 'report_consumer')
    assert.ok(consumer !== undefined)
    assert.equal(tagsOf(consumer)['messaging.destination.name'], topicOf[variant])
    assert.equal(tagsOf(consumer)['span.kind'], 'consumer')

    const drawn = await runToEnd('apps/server/bin/waybill.js', [
      'trace',
      '--server',
      system.waybillUrl,
      traceId,
    ])
    for (const name of Object.keys(reportParents)) assert.ok(drawn.includes(name), `${name} in\n${drawn}`)
    assert.match(drawn, new RegExp(`${topicOf[variant]}\\[[0-2]\\]@\\d+`))
    assert.match(drawn, /waited [\d.]+ (ns|µs|ms|s)/)
    assert.match(drawn, failure)
  })
}

test('a report is among the newest traces of its service, for Jaeger and for the terminal', async () => {
  await (await fetch(`${system.exampleUrl}/api/report`, { method: 'POST' })).arrayBuffer()
  const traces = await jaegerTraces(system.waybillUrl, '?service=report-api&limit=5')
  assert.ok(traces.length > 0 && traces.length <= 5, `${traces.length} traces`)
  assert.ok(
    traces.every(({ spans }) => spans.some(({ operationName }) => operationName === 'report_request')),
  )
  const found = await runToEnd('apps/server/bin/waybill.js', [
    ...['search', '--server', system.waybillUrl, 'service:report-api'],
  ])
  assert.match(found, /report_request/)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`nothing on Explore and Trace keeps anybody out (${colorScheme})`, () =>
    browser.withPage({ colorScheme }, async ({ page }) => {
      const { traceId } = await openTrace(page, 'headers', 'Create a report that fails')
      await page.getByRole('row', { name: /doWork:5/ }).click()
      await page.getByRole('complementary', { name: 'Details' }).waitFor()
      assert.deepEqual(await seriousViolations(page), [])
      await page.goto(system.waybillUrl)
      await page.locator(`a[href*="${traceId}"]`).first().waitFor()
      assert.deepEqual(await seriousViolations(page), [])
    }))
}

/** The address that orders a failing report, of the service of one variant. */
async function apiAddress(variant: Variant): Promise<string> {
  const page = await fetch(`${system.exampleUrl}/page.json`)
  const { variant: own, otherUrl } = (await page.json()) as {
    readonly variant: Variant
    readonly otherUrl: string
  }
  return `${own === variant ? system.exampleUrl : otherUrl}/api/report?fail=5`
}

function serviceOf(span: string): string {
  return span === 'report_request' || span === 'report_producer' ? 'report-api' : 'report-worker'
}
