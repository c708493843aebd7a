import assert from 'node:assert/strict'
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { WaybillError } from '@waybill/model'
import { restMs } from './rest.ts'
import { sampleRequest, spanNames } from './sample-request.ts'
import { spoolBench } from './spool-bench.ts'

const files = (dir: string): readonly string[] => readdirSync(join(dir, 'spool'))
const forever = 60_000

for (const durability of ['write', 'fsync'] as const)
  test(`an acknowledged body is in the segment (${durability})`, async t => {
    const { dir, store, open } = spoolBench(t)
    const spool = await open({ durability })
    await Promise.all([spool.append(sampleRequest(['a']), 1), spool.append(sampleRequest(['b']), 1)])
    const [name, ...others] = files(dir)
    assert.deepEqual(others, [])
    assert.deepEqual(spanNames(readFileSync(join(dir, 'spool', name as string))), ['a', 'b'])
    assert.deepEqual(store.names, [])
    await spool.close()
    assert.deepEqual(store.names, ['a', 'b'])
    assert.deepEqual(files(dir), [])
  })

test('settled has the open segment loaded at once, and all that was acknowledged with it', async t => {
  const { store, open } = spoolBench(t)
  const spool = await open()
  await spool.append(sampleRequest(['a']), 1)
  await spool.settled(forever)
  assert.deepEqual(store.names, ['a'])
  await spool.settled(0)
})

test('settled waits for a load that runs, and for the segment behind it', async t => {
  const { store, open } = spoolBench(t)
  const spool = await open()
  const { promise, resolve } = Promise.withResolvers<void>()
  store.gate = promise
  await spool.append(sampleRequest(['a']), 1)
  const first = spool.settled(forever)
  await spool.append(sampleRequest(['b']), 1)
  const second = spool.settled(forever)
  await spool.settled(5)
  assert.deepEqual(store.names, [])
  resolve()
  await first
  assert.equal(store.names[0], 'a')
  await second
  assert.deepEqual(store.names, ['a', 'b'])
  assert.equal(spool.bytes, 0)
  assert.equal(spool.segments, 0)
})

test('a lone span is loaded when it is old enough, without a query', async t => {
  const { store, open } = spoolBench(t)
  const loaded = Promise.withResolvers<void>()
  const spool = await open({
    segmentAgeMs: 20,
    load: async segment => {
      await store.load(segment)
      loaded.resolve()
    },
  })
  await spool.append(sampleRequest(['a']), 1)
  await loaded.promise
  assert.deepEqual(store.names, ['a'])
})

test('what nobody waits for is loaded when the store has rested from the last load, at the earliest', async t => {
  const { open } = spoolBench(t)
  const loads: { readonly startedMs: number; readonly endedMs: number }[] = []
  const second = Promise.withResolvers<void>()
  const spool = await open({
    segmentAgeMs: 1,
    load: async () => {
      const startedMs = performance.now()
      if (loads.length === 0) {
        await spool.append(sampleRequest(['b']), 1)
        await setTimeout(5)
      } else second.resolve()
      loads.push({ startedMs, endedMs: performance.now() })
    },
  })
  await spool.append(sampleRequest(['a']), 1)
  await second.promise
  const [first] = loads
  assert.ok(first !== undefined)
  assert.ok((loads[1]?.startedMs ?? 0) - first.endedMs >= restMs(first.endedMs - first.startedMs, 1))
})

test('a segment is closed at its number of spans, not before', async t => {
  const { store, open } = spoolBench(t)
  const spool = await open({ segmentSpans: 3 })
  await spool.append(sampleRequest(['a', 'b']), 2)
  assert.equal(store.loads.length, 0)
  await spool.append(sampleRequest(['c']), 1)
  await spool.append(sampleRequest(['d']), 1)
  await spool.close()
  assert.deepEqual(store.loads, [['a', 'b', 'c'], ['d']])
})

test('a segment is closed before a body that would overfill it, and takes one body of any size', async t => {
  const { store, open } = spoolBench(t)
  const body = sampleRequest(['a'])
  const spool = await open({ segmentBytes: body.length * 2 + 1 })
  for (const name of ['a', 'b', 'c']) await spool.append(sampleRequest([name]), 1)
  await spool.append(sampleRequest(['x'.repeat(1000)]), 1)
  await spool.append(sampleRequest(['d']), 1)
  await spool.close()
  assert.deepEqual(store.loads, [['a', 'b'], ['c'], ['x'.repeat(1000)], ['d']])
})

test('bodies that wait together fill segments as far as they go', async t => {
  const { store, open } = spoolBench(t)
  const spool = await open({ segmentSpans: 2 })
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(name => spool.append(sampleRequest([name]), 1)))
  await spool.close()
  assert.deepEqual(store.names, ['a', 'b', 'c', 'd', 'e'])
  assert.ok(store.loads.every(names => names.length <= 2))
})

test('the byte limit takes what fits exactly and refuses one byte more, until the store has caught up', async t => {
  const { store, open } = spoolBench(t)
  const body = sampleRequest(['a'])
  const { promise, resolve } = Promise.withResolvers<void>()
  store.gate = promise
  const spool = await open({ maxBytes: body.length * 2 })
  await spool.append(body, 1)
  const settled = spool.settled(forever)
  await assert.rejects(spool.append(sampleRequest(['bb']), 1), { code: 'SPOOL_FULL' })
  await spool.append(sampleRequest(['b']), 1)
  await assert.rejects(spool.append(new Uint8Array(1), 1), { code: 'SPOOL_FULL' })
  resolve()
  await settled
  await spool.append(body, 1)
})

test('a body that an empty spool would not hold is refused for good', async t => {
  const { store, open } = spoolBench(t)
  const body = sampleRequest(['aa'])
  const spool = await open({ maxBytes: body.length - 1 })
  await assert.rejects(spool.append(body, 1), {
    code: 'BODY_TOO_LARGE',
    retry: false,
    message: `${body.length} bytes of spans are more than the spool ever holds (spool.maxBytes: ${body.length - 1})`,
  })
  await spool.append(sampleRequest(['a']), 1)
  await spool.settled(forever)
  assert.deepEqual(store.names, ['a'])
})

test('a store that fails is tried again, and nothing is lost or doubled', async t => {
  const { store, observer, open } = spoolBench(t)
  const spool = await open()
  store.failures = 3
  await spool.append(sampleRequest(['a']), 1)
  // After two failures nobody waits for a segment any more.
  await spool.settled(forever)
  assert.deepEqual(store.names, [])
  while (spool.segments > 0) await new Promise(setImmediate)
  assert.deepEqual(store.names, ['a'])
  assert.deepEqual(
    observer.retries.map(([, , delayMs]) => delayMs),
    [100, 400, 1600],
  )
  assert.equal(observer.storedSpans, 1)
})

test('a segment that fails alone lets the others pass', async t => {
  const { store, observer, open } = spoolBench(t)
  const spool = await open({
    segmentSpans: 1,
    load: async segment => {
      if (segment.bytes > 1000) throw new Error('this one always fails')
      await store.load(segment)
    },
  })
  await spool.append(sampleRequest(['x'.repeat(1000)]), 1)
  await spool.append(sampleRequest(['a']), 1)
  await spool.append(sampleRequest(['b']), 1)
  await spool.settled(forever)
  assert.deepEqual(store.names, ['a', 'b'])
  assert.equal(spool.segments, 1)
  assert.equal(observer.retries.length, 2)
})

test('close gives up on a store that stays away, and the next start loads what was left', async t => {
  const { dir, store, observer, open } = spoolBench(t)
  const spool = await open()
  store.failures = Number.POSITIVE_INFINITY
  await spool.append(sampleRequest(['a']), 1)
  await spool.close()
  assert.equal(observer.left.length, 1)
  assert.equal(files(dir).length, 1)
  await assert.rejects(spool.append(sampleRequest(['b']), 1), { code: 'SHUTTING_DOWN' })

  store.failures = 0
  const again = await open()
  await again.settled(forever)
  assert.deepEqual(store.names, ['a'])
  assert.equal(observer.recoveries[0]?.[0], 1)
  assert.equal(observer.storedSpans, 1)
  await again.close()
  assert.deepEqual(files(dir), [])
})

test('a segment whose load was cut short is loaded again under its token', async t => {
  const { dir, store, open } = spoolBench(t)
  const spool = await open({
    load: async segment => {
      await store.load(segment)
      throw new Error('killed before the file was removed')
    },
  })
  await spool.append(sampleRequest(['a']), 1)
  await spool.close()
  assert.equal(files(dir).length, 1)
  const again = await open()
  await again.close()
  assert.deepEqual(store.names, ['a'])
  assert.equal(store.loads.length, 4)
})

test('a torn tail is cut off, counted, and the rest loaded', async t => {
  const { dir, store, observer, open } = spoolBench(t)
  const spool = await open()
  store.failures = Number.POSITIVE_INFINITY
  await spool.append(sampleRequest(['a'], ['b']), 2)
  await spool.close()
  const torn = sampleRequest(['c'])
  appendFileSync(join(dir, 'spool', files(dir)[0] as string), torn.subarray(0, torn.length - 1))
  store.failures = 0
  const again = await open()
  await again.close()
  assert.deepEqual(store.names, ['a', 'b'])
  assert.deepEqual(
    observer.tears.map(([, bytes]) => bytes),
    [torn.length - 1],
  )
})

test('empty segments and pieces of an earlier run go', async t => {
  const { dir, store, open } = spoolBench(t)
  await (await open()).close()
  writeFileSync(join(dir, 'spool', '00000000000001-000000-00000000.segment'), '')
  writeFileSync(join(dir, 'spool', '00000000000001-000000-00000000.segment.0-1.piece'), 'x')
  await (await open()).close()
  assert.deepEqual(files(dir), [])
  assert.deepEqual(store.loads, [])
})

test('spans that the store refuses are isolated, with the reason, and their neighbours stored', async t => {
  const { dir, store, observer, open } = spoolBench(t)
  const spool = await open()
  store.poison = /^bad/
  const resource = Array.from({ length: 50 }, (_, i) => `good${i}`)
  await spool.append(sampleRequest(resource, ['bad1']), 51)
  await spool.append(sampleRequest(['bad2', ...resource]), 51)
  await spool.settled(forever)
  assert.deepEqual(store.names, [...resource, ...resource])
  assert.deepEqual([observer.storedSpans, observer.quarantinedSpans], [100, 2])
  for (const [index, [spans, path, reason]] of observer.quarantine.entries()) {
    assert.equal(spans, 1)
    assert.deepEqual(spanNames(readFileSync(path)), [`bad${index + 1}`])
    assert.equal(reason, `cannot take bad${index + 1}`)
    assert.equal(JSON.parse(readFileSync(path.replace('.otlp', '.reason'), 'utf8')).reason, reason)
  }
  assert.deepEqual(files(dir), [])
})

test('a segment of one bad span goes to quarantine whole', async t => {
  const { dir, store, observer, open } = spoolBench(t)
  const spool = await open()
  store.poison = /bad/
  await spool.append(sampleRequest(['bad']), 1)
  await spool.close()
  assert.equal(observer.quarantinedSpans, 1)
  assert.equal(store.loads.length, 1)
  assert.ok(existsSync(join(dir, 'quarantine')))
})

test('where every span is refused the search ends, and all are accounted for', async t => {
  const { store, observer, open } = spoolBench(t)
  const spool = await open()
  store.poison = /bad/
  await spool.append(sampleRequest(Array.from({ length: 1000 }, () => 'bad')), 1000)
  await spool.close()
  assert.equal(observer.quarantinedSpans, 1000)
  assert.ok(store.loads.length <= 401)
})

test('a search that a failure cuts short goes on where it was, under the same tokens', async t => {
  const { dir, store, observer, open } = spoolBench(t)
  const names = Array.from({ length: 8 }, (_, i) => (i === 6 ? 'bad' : `good${i}`))
  let loadsUntilFailure = 4
  const spool = await open({
    load: async segment => {
      if (loadsUntilFailure-- <= 0) throw new Error('the store is away')
      await store.load(segment)
    },
  })
  store.poison = /bad/
  await spool.append(sampleRequest(names), 8)
  await spool.close()
  // Whole, 0-4, 4-8, 4-6: of these the first and the third were refused, the others are stored.
  assert.deepEqual(store.names, ['good0', 'good1', 'good2', 'good3', 'good4', 'good5'])
  assert.equal(observer.storedSpans, 0)
  assert.deepEqual(
    files(dir)
      .map(name => name.split('.').slice(1).join('.'))
      .sort(),
    ['segment', 'segment.refusals'],
  )

  store.loads.length = 0
  await (await open()).close()
  assert.deepEqual(store.names, names.filter(name => name !== 'bad').sort())
  assert.deepEqual(
    store.loads.map(({ length }) => length),
    [4, 2, 2, 1, 1],
  )
  assert.deepEqual([observer.storedSpans, observer.quarantinedSpans], [7, 1])
  assert.deepEqual(files(dir), [])
})

test('a segment that needs more memory than the store has is loaded in halves', async t => {
  const { store, observer, open } = spoolBench(t)
  const spool = await open({
    load: async segment => {
      if (segment.spans > 2) throw new WaybillError('QUERY_TOO_LARGE', 'too much memory')
      await store.load(segment)
    },
  })
  await spool.append(sampleRequest(['a', 'b', 'c', 'd', 'e']), 5)
  await spool.close()
  assert.deepEqual(store.names, ['a', 'b', 'c', 'd', 'e'])
  assert.equal(observer.storedSpans, 5)
})

test('an append that the disk refuses is told to its clients; what was kept stays whole', async t => {
  const { dir, observer, store, open } = spoolBench(t)
  const spool = await open()
  rmSync(join(dir, 'spool'), { recursive: true })
  await assert.rejects(spool.append(sampleRequest(['a']), 1), { code: 'SPOOL_UNWRITABLE' })
  assert.equal(observer.writeErrors.length, 1)
  assert.equal(spool.bytes, 0)
  await spool.close()
  assert.deepEqual(store.names, [])
})
