import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ask } from './client.ts'

async function serving(
  answer: RequestListener,
): Promise<{ url: string; server: Server; [Symbol.asyncDispose](): Promise<void> }> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('asks below the base path, with the parameters that are given', async () => {
  await using there = await serving((request, response) => response.end(JSON.stringify(request.url)))
  const asked = await ask<string>(`${there.url}/tracing/`, '/api/x', {
    q: 'a b&c',
    last: undefined,
    limit: '5',
  })
  assert.equal(asked, '/tracing/api/x?q=a+b%26c&limit=5')
})

test('no server there: the line says how to start one', async () => {
  const gone = await serving(() => {})
  await gone[Symbol.asyncDispose]()
  await assert.rejects(ask(gone.url, '/api/x'), {
    message: `no Waybill server at ${gone.url}: start one with \`npm run server\`, or name one with --server`,
    exitCode: 1,
  })
})

test('what the server refuses is said in its words, with the place in the query', async () => {
  await using there = await serving((_request, response) => {
    response.statusCode = 400
    const error = { code: 'BAD_QUERY', message: 'Expected a value', advice: 'Correct it.', position: 8 }
    response.end(JSON.stringify({ error }))
  })
  await assert.rejects(ask(there.url, '/api/x'), {
    message: 'Expected a value (at character 9 of the query). Correct it.',
  })
})

test('something else behind the address', async () => {
  await using there = await serving((_request, response) => {
    response.statusCode = 404
    response.end('<html>')
  })
  await assert.rejects(ask(there.url, '/api/x'), { message: /answered 404.*check --server/ })
  await assert.rejects(ask('http://', '/api/x'), { message: '--server: http:// is no address', exitCode: 2 })
})
