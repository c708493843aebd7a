import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { SampleSpan } from '@waybill/wire/samples'
import { sampleSpan } from '@waybill/wire/samples'
import fc from 'fast-check'
import { hostileBodies } from './test-bodies.ts'
import type { Way } from './test-ways.ts'
import { ways } from './test-ways.ts'

/** What the largest of the hostile bodies may take, many times over; a length that was believed would take more. */
const mostBytes = 96e6

function span(way: Way, name: string, more: Partial<SampleSpan> = {}): Uint8Array {
  return way.encode([sampleSpan({ name, ...more })])
}

test('the table in docs/receivers.md is that of the ways', () => {
  const doc = readFileSync(new URL('../../../../../docs/receivers.md', import.meta.url), 'utf8')
  for (const { name, taken, refused } of ways)
    assert.ok(doc.includes(`| ${name} | \`${taken}\` | \`${refused}\` |\n`), name)
})

for (const way of ways) {
  test(`${way.name}: what is not in the format is refused and named, and harms nobody`, async t => {
    const { door, send } = await way.open(t)
    const taken = { outcome: way.taken, reason: '' }
    assert.deepEqual(await send(span(way, 'before')), taken)
    const bodies = hostileBodies(way)
    const peakBytes = process.resourceUsage().maxRSS * 1024
    for (const { fault, body, reason } of bodies) {
      const buffersBytes = process.memoryUsage().arrayBuffers
      const answer = await send(body)
      assert.equal(answer.outcome, way.refused, fault)
      if (way.tells) assert.match(answer.reason, reason, fault)
      assert.ok(process.memoryUsage().arrayBuffers - buffersBytes < mostBytes, fault)
    }
    assert.ok(process.resourceUsage().maxRSS * 1024 - peakBytes < mostBytes)
    assert.deepEqual(await send(span(way, 'after')), taken)
    assert.deepEqual(await door.names(), ['before', 'after'])
  })

  test(`${way.name}: what is odd but sound is taken`, async t => {
    const { door, send } = await way.open(t)
    const odd: Readonly<Record<string, Partial<SampleSpan>>> = {
      'twice the same id': {},
      'the same id again': {},
      'a time of 1970': { startMicros: 1n },
      'the time zero': { startMicros: 0n },
      // The last that 64 bits of nanoseconds hold with a sign: April 2262.
      'a time of 2262': { startMicros: 9_223_372_036_854_775n, durationMicros: 0n },
      'no duration': { durationMicros: 0n },
      'its own parent': { parentSpanId: sampleSpan().spanId },
      'a text of 30 kb': { tags: { text: 'x'.repeat(30_000) } },
    }
    for (const [name, more] of Object.entries(odd))
      assert.deepEqual(await send(span(way, name, more)), { outcome: way.taken, reason: '' }, name)
    assert.deepEqual(await door.names(), Object.keys(odd))
  })

  test(`${way.name}: damaged bytes are taken or refused, and the next ones are taken`, async t => {
    const { door, send } = await way.open(t)
    const whole = way.encode([sampleSpan({ name: 'damaged', parentSpanId: '00000000000000aa' })])
    const places = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(places, fc.nat(whole.length), async (changes, cut) => {
        const body = Uint8Array.from(whole)
        for (const [place, byte] of changes) body[place] = byte
        const { outcome } = await send(cut % 4 === 0 ? body.subarray(0, cut) : body)
        assert.ok(outcome === way.taken || outcome === way.refused, outcome)
      }),
      { numRuns: 100 },
    )
    assert.deepEqual(await send(span(way, 'after')), { outcome: way.taken, reason: '' })
    assert.ok((await door.names()).includes('after'))
  })
}
