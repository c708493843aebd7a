import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { PartialTraces } from '@waybill/wire/otlp'
import { encodeTraces, walkTraces } from '@waybill/wire/otlp'
import type { Engine } from '../store/engine.ts'
import { openStore } from '../store/open.ts'
import { CollectingObserver } from './collecting-store.ts'
import type { Spool } from './spool.ts'
import { openSpool } from './spool.ts'

/* The spool with the real store behind it. */

const victim = fileURLToPath(new URL('load-victim.ts', import.meta.url))

interface Bench {
  readonly data: string
  readonly store: Engine
  readonly spool: Spool
  readonly observer: CollectingObserver
}

function folder(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), 'waybill-spool-it-'))
  t.after(() => rmSync(data, { recursive: true, force: true }))
  return data
}

async function open(data: string): Promise<Bench> {
  const store = await openStore({ dataDir: join(data, 'store') })
  const observer = new CollectingObserver()
  const spool = await openSpool({
    dir: join(data, 'spool'),
    quarantineDir: join(data, 'quarantine'),
    durability: 'write',
    maxBytes: 1e9,
    segmentBytes: 1e9,
    segmentSpans: 1e6,
    segmentAgeMs: 1e6,
    concurrentLoads: 1,
    observer,
    load: store.load,
  })
  return { data, store, spool, observer }
}

/** Lets the victim begin so many loads, kills it a little later, and gives what it acknowledged. */
async function killedInLoad(
  data: string,
  round: number,
  loads: number,
  atOnce: number,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [victim, data, String(round), String(atOnce)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: string[] = []
  let begun = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('a ')) acknowledged.push(line.slice(2))
    else if (++begun === loads) setTimeout(() => child.kill('SIGKILL'), round * 7)
  }
  await exited
  assert.equal(child.signalCode, 'SIGKILL')
  return acknowledged
}

for (const atOnce of [1, 3])
  test(`after kills in the middle of loads, ${atOnce} at once, every table has what was acknowledged exactly once`, async t => {
    const data = folder(t)
    const acknowledged: string[] = []
    for (const [round, loads] of [1, 2, 3, 2, 4].entries())
      acknowledged.push(...(await killedInLoad(data, round, loads, atOnce)))

    const { store, spool } = await open(data)
    await spool.close()
    const rows = await store.query<{ readonly name: string }>('SELECT name FROM spans')
    const [derived] = await store.query<{ readonly spans: string }>('SELECT sum(spans) AS spans FROM traces')
    await store.close()
    const stored = new Set(rows.map(({ name }) => name))
    assert.deepEqual(
      acknowledged.filter(name => !stored.has(name)),
      [],
    )
    assert.equal(rows.length, stored.size, 'a span is stored twice')
    assert.equal(Number(derived?.spans), stored.size, 'a derived table counts something else')
    assert.ok(stored.size > 400)
    assert.deepEqual(readdirSync(join(data, 'spool')), [])
  })

/** A request of one span for each of these changes to a plain one. */
function requestOf(...changes: readonly Record<string, unknown>[]): Uint8Array {
  const spans = changes.map((change, index) => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: 'plain',
    kind: 1,
    startTimeUnixNano: '1763640000000000000',
    endTimeUnixNano: '1763640000000000005',
    ...change,
  }))
  return encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans }] }] } as PartialTraces)
}

const wild: Readonly<Record<string, Uint8Array>> = {
  'times at the ends of 64 bits': requestOf(
    { startTimeUnixNano: '0', endTimeUnixNano: '0' },
    { startTimeUnixNano: '9223372036854775807' },
    { startTimeUnixNano: '9223372036854775808' },
    { startTimeUnixNano: '18446744073709551615', endTimeUnixNano: '0' },
    { startTimeUnixNano: '0', endTimeUnixNano: '18446744073709551615' },
  ),
  'enum numbers that nobody has defined': requestOf({ kind: 99 }, { status: { code: 77 } }),
  'names and keys that are empty or hold zero bytes': requestOf({
    name: '\0',
    attributes: [
      { key: '', value: {} },
      { key: '\0', value: { stringValue: '\0' } },
    ],
  }),
  'thousands of attributes, some twice': requestOf({
    attributes: Array.from({ length: 5000 }, (_, i) => ({
      key: `k${i % 4000}`,
      value: { intValue: String(i) },
    })),
  }),
  'thousands of events and links': requestOf({
    events: Array.from({ length: 5000 }, (_, i) => ({ name: `event ${i}`, timeUnixNano: String(i) })),
    links: Array.from({ length: 5000 }, () => ({
      traceId: '0af7651916cd43dd8448eb211c80319d',
      spanId: '0000000000000001',
    })),
  }),
  'more days than one insert may write': requestOf(
    ...Array.from({ length: 401 }, (_, day) => ({
      startTimeUnixNano: `${1763640000 - day * 86_400}000000000`,
    })),
  ),
}

test('whatever is sound OTLP is stored, however wild', async t => {
  const { store, spool, observer } = await open(folder(t))
  let spans = 0
  for (const body of Object.values(wild)) {
    const { spans: more } = walkTraces(body)
    spans += more
    await spool.append(body, more)
  }
  await spool.close()
  const [counted] = await store.query<{ readonly spans: string }>('SELECT count() AS spans FROM spans')
  await store.close()
  assert.deepEqual(observer.quarantine, [])
  assert.deepEqual(observer.left, [])
  assert.equal(observer.storedSpans, spans)
  assert.equal(Number(counted?.spans), spans)
})
