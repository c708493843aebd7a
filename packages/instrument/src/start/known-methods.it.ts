import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayValue, findAttribute } from '@waybill/model'
import { programFolder, runTraced } from '../testing/program.ts'
import { testReceiver } from '../testing/receiver.ts'

const receiver = testReceiver()

const program = `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => response.end(request.method)).listen(0, '127.0.0.1', async () => {
    const url = 'http://127.0.0.1:' + server.address().port
    for (const method of ['GET', 'PROPFIND']) console.log(await (await fetch(url, { method })).text())
    server.close()
    server.closeAllConnections()
  })
`

/** Name, method and original method of each span, and what the program said. */
async function run(env: Readonly<Record<string, string>>) {
  receiver.spans.length = 0
  const folder = await programFolder({ 'program.mjs': program })
  const outcome = await runTraced(folder, 'program.mjs', {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...env },
  })
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.equal(outcome.stdout.trim(), 'GET\nPROPFIND', outcome.stderr)
  return receiver.spans
    .map(({ name, attributes }) => {
      const text = (key: string) => displayValue(findAttribute(attributes, key) ?? {})
      return `${name} ${text('http.request.method')} ${text('http.request.method_original')}`.trim()
    })
    .sort()
}

test('requests by an unknown method say so, at both ends; the environment says which are known', async () => {
  assert.deepEqual(await run({}), ['GET GET', 'GET GET', 'HTTP _OTHER PROPFIND', 'HTTP _OTHER PROPFIND'])
  assert.deepEqual(await run({ OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: 'PROPFIND,get' }), [
    'HTTP _OTHER GET',
    'HTTP _OTHER GET',
    'PROPFIND PROPFIND',
    'PROPFIND PROPFIND',
  ])
})
