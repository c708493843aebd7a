import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { indexedPng } from './indexed-png.ts'

const widthPx = 1280

/**
 * Draws what the page shows as a picture of docs/tour.md, `tour-<name>.png`, where TOUR_IMAGES names the folder
 * of the pictures (`npm run tour`); a test that runs without it leaves them as they are.
 */
export async function picture(page: Page, name: string, heightPx = 720): Promise<void> {
  const folder = process.env['TOUR_IMAGES']
  if (folder === undefined || folder === '') return
  const before = page.viewportSize()
  await page.setViewportSize({ width: widthPx, height: heightPx })
  await page.evaluate('document.fonts.ready')
  const image = await page.screenshot({ animations: 'disabled', caret: 'hide' })
  await writeFile(join(folder, `tour-${name}.png`), indexedPng(image))
  if (before !== null) await page.setViewportSize(before)
}
