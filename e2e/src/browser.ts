import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

/** A page that notes what a user would not see but should not happen. */
export interface WatchedPage {
  readonly page: Page
  /** Errors in the console, uncaught ones, breaches of the content security policy, requests to other hosts. */
  readonly problems: readonly string[]
}

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark'
  /** Problems that the test is about, such as the console's line for an answer of 404. */
  readonly expected?: RegExp
}

/** Real Chromium, for one test file. */
export interface TestBrowser {
  /** Runs a test with a new page and fails it for the page's problems, too; a failure leaves a screenshot. */
  withPage(options: PageOptions, test: (watched: WatchedPage) => Promise<void>): Promise<void>
  close(): Promise<void>
}

// Chromium's own services are not part of the test and wait for a network that may not be there.
const launchArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the Chromium that CHROMIUM_PATH names, the system's if it names none. */
export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: launchArgs })
  return {
    withPage: (options, test) => withPage(browser, options, test),
    close: () => browser.close(),
  }
}

async function withPage(
  browser: Browser,
  options: PageOptions,
  test: (watched: WatchedPage) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const problems = watch(page)
  try {
    await test({ page, problems })
    const unexpected = problems.filter(problem => options.expected?.test(problem) !== true)
    if (unexpected.length > 0) throw new Error(`The page had problems:\n${unexpected.join('\n')}`)
  } catch (error) {
    const picture = join(await mkdtemp(join(tmpdir(), 'waybill-e2e-failure-')), 'page.png')
    await page.screenshot({ path: picture, fullPage: true }).catch(() => undefined)
    console.error(`Failed at ${page.url()}, see ${picture}\n${problems.join('\n')}`)
    throw error
  } finally {
    await context.close()
  }
}

function watch(page: Page): readonly string[] {
  const problems: string[] = []
  page.on('console', message => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`)
  })
  page.on('pageerror', error => problems.push(`uncaught: ${error.message}`))
  page.on('request', request => {
    const { protocol, hostname } = new URL(request.url())
    const isOurs = hostname === '127.0.0.1' || hostname === 'localhost'
    if (!isOurs && protocol.startsWith('http')) problems.push(`request to another host: ${request.url()}`)
  })
  return problems
}
