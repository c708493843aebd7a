import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import type { ReflectiveClient } from '../../grpc/reflective-client.ts'
import { reflect } from '../../grpc/reflective-client.ts'
import type { RunningServer } from '../test-server.ts'
import { runServer } from '../test-server.ts'
import type { Answer } from './fixtures/comparable.ts'
import { ask } from './fixtures/comparable.ts'
import { fixtureRequests } from './fixtures/requests.ts'
import { sample } from './fixtures/sample.ts'

const recorded = JSON.parse(
  await readFile(new URL('fixtures/jaeger-2.20.json', import.meta.url), 'utf8'),
) as readonly Answer[]

let server: RunningServer
let client: ReflectiveClient
before(async () => {
  server = await runServer()
  await server.sendRequest(sample)
  client = await reflect(server.urlOf('query-grpc'))
})
after(async () => {
  client.close()
  await server.stop()
})

test('what is asked of Jaeger over gRPC is answered as Jaeger answers it', async () => {
  for (const [i, { method, request, other }] of fixtureRequests.entries()) {
    const answer = await ask(client, { method, request })
    if (other === undefined) assert.deepEqual(answer, corrected(recorded[i]), `${i}: ${method}`)
    else if ('like' in other) assert.deepEqual(answer, await ask(client, { method, request: other.like }))
    else assert.deepEqual(answer, { code: status.INVALID_ARGUMENT, details: other.details })
  }
})

/** Jaeger's answer with what Waybill answers better. */
function corrected(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(item => !isWithin(item) && !isLeftOver(item)).map(corrected)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]) => [key, corrected(member)])
  // Jaeger leaves out flags that came by OTLP.
  const flags = 'start_time' in value && 'logs' in value ? { flags: 1 } : {}
  // Its words for a trace that is not there to be archived come twice.
  const details =
    'details' in value ? { details: String(value.details).replace(/^(trace not found): \1$/, '$1') } : {}
  return { ...Object.fromEntries(members), ...flags, ...details }
}

/** Calls inside of a service are none between services. */
function isWithin(item: unknown): boolean {
  const { call_count, parent, child } = item as Readonly<Record<string, unknown>>
  return call_count !== undefined && parent === child
}

/** Jaeger's memory store leaves the resource and scope where the spans are those of another trace. */
function isLeftOver(item: unknown): boolean {
  const { scope_spans: scopes } = item as { readonly scope_spans?: readonly object[] }
  return scopes?.every(scope => !('spans' in scope)) === true
}
