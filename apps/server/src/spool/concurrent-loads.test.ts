import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sampleRequest } from './sample-request.ts'
import type { Spool } from './spool.ts'
import type { SpoolBench } from './spool-bench.ts'
import { spoolBench } from './spool-bench.ts'

/** A spool whose every span is a segment, and which has two of them loaded at once. */
function bench(t: TestContext): SpoolBench {
  return spoolBench(t, { segmentSpans: 1, concurrentLoads: 2 })
}

async function appendAll(spool: Spool, names: readonly string[]): Promise<void> {
  for (const name of names) await spool.append(sampleRequest([name]), 1)
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(1)
}

test('as many segments are loaded at once as may be, the oldest first, and the next as soon as one is done', async t => {
  const { store, open } = bench(t)
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const spool = await open({
    load: async segment => {
      const gate = Promise.withResolvers<void>()
      gates.set(segment.token, gate)
      await gate.promise
      await store.load(segment)
    },
  })
  await appendAll(spool, ['a', 'b', 'c', 'd'])
  await until(() => gates.size === 2)
  const [, second] = gates.keys()
  gates.get(second ?? '')?.resolve()
  await until(() => gates.size === 3)
  assert.deepEqual(store.names, ['b'])
  const left = setInterval(() => {
    for (const gate of gates.values()) gate.resolve()
  }, 1)
  t.after(() => clearInterval(left))
  await spool.close()
  assert.equal(gates.size, 4)
  assert.deepEqual([...store.names].sort(), ['a', 'b', 'c', 'd'])
})

test('a segment that fails is tried again while others are loaded beside it; none is lost or doubled', async t => {
  const { store, observer, open } = bench(t)
  store.failures = 3
  const spool = await open()
  await appendAll(spool, ['a', 'b', 'c', 'd', 'e'])
  await until(() => store.names.length === 5)
  await spool.close()
  assert.deepEqual([...store.names].sort(), ['a', 'b', 'c', 'd', 'e'])
  assert.equal(observer.retries.length, 3)
})

test('the open segment is not closed for a query while anything is loaded', async t => {
  const { store, open } = bench(t)
  const gate = Promise.withResolvers<void>()
  store.gate = gate.promise
  const spool = await open({ segmentSpans: 2 })
  await spool.append(sampleRequest(['a', 'b']), 2)
  await until(() => store.loads.length === 1)
  await spool.append(sampleRequest(['c']), 1)
  const settled = spool.settled(60_000)
  await spool.append(sampleRequest(['d']), 1)
  gate.resolve()
  await settled
  assert.deepEqual([...store.loads].sort(), [
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test('close leaves each segment behind once where the store stays away, and the next start loads them', async t => {
  const { store, observer, open } = bench(t)
  store.failures = 1e9
  const spool = await open()
  await appendAll(spool, ['a', 'b', 'c', 'd', 'e'])
  await spool.close()
  assert.equal(new Set(observer.left.map(([segment]) => segment.token)).size, 5)
  assert.equal(observer.left.length, 5)
  assert.equal(spool.bytes, 0)

  store.failures = 0
  await (await open()).close()
  assert.deepEqual([...store.names].sort(), ['a', 'b', 'c', 'd', 'e'])
})
