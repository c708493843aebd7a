import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cursorPlace } from './cursor.ts'
import { formatQuery } from './format.ts'

/** Texts with the cursor as `|`; what is written there, what a completion replaces, and the rest of the query. */
const places: Readonly<Record<string, readonly [string, string, string]>> = {
  '|': ['key ', '', ''],
  'ser|': ['key ser', 'ser', ''],
  'se|r': ['key se', 'ser', ''],
  'topic:orders ser|': ['key ser', 'ser', 'topic:orders'],
  'topic:orders |': ['key ', '', 'topic:orders'],
  'service:|': ['service ', '', ''],
  'service:sh|': ['service sh', 'sh', ''],
  'service:sh|op is:error': ['service sh', 'shop', 'is:error'],
  'is:error -service:s|': ['service s', 's', 'is:error'],
  'name:"POST /o|': ['name POST /o', '"POST /o', ''],
  'name:"POST| /orders"': ['name POST', '"POST /orders"', ''],
  'a is:|': ['is ', '', 'a'],
  'offset in (1, 2|)': ['offset 2', '2', ''],
  'offset in (1, |': ['offset ', '', ''],
  '{service:s|}': ['service s', 's', '{}'],
  '(a OR service:s|) b': ['service s', 's', 'b'],
  'name:POST\\ /o|': ['name POST /o', 'POST\\ /o', ''],
  'dur>|': ['dur ', '', ''],
}

describe('cursorPlace', () => {
  for (const [marked, [written, replaced, rest]] of Object.entries(places))
    it(`knows what is written in ${marked}`, () => {
      const at = marked.indexOf('|')
      const text = marked.replace('|', '')
      const place = cursorPlace(text, at)
      assert.equal(`${place.kind === 'key' ? 'key' : place.key} ${place.typed}`, written)
      assert.equal(text.slice(place.from, place.to), replaced)
      assert.equal(formatQuery(place.rest), rest)
    })

  it('finds a place in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), fc.nat(30), (text, offset) => {
        const at = Math.min(offset, text.length)
        const { from, to } = cursorPlace(text, at)
        assert.ok(from <= at && at <= to && to <= text.length)
      }),
    )
  })
})
