import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'

const facts = {
  waybillUrl: process.env['WAYBILL_URL'] ?? 'http://127.0.0.1:16686',
  messages: process.env['ESHOP_MESSAGES'] ?? 'on',
}

/** Answers for the example's own page, at `/`. Resolves with whether the path was one of its. */
export async function servePage(path: string, response: ServerResponse): Promise<boolean> {
  if (path === '/') {
    const page = await readFile(new URL('../page/index.html', import.meta.url))
    response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  } else if (path === '/page.json')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(facts))
  else return false
  return true
}
