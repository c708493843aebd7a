import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExactJson } from './json-numbers.ts'

/** The same by JSON.parse alone, which keeps the source of every value for this. */
function parseWithReviver(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || context?.source === undefined)
      return value
    return /^-?\d+$/.test(context.source) ? context.source : value
  })
}

function outcomeOf(parse: (text: string) => unknown, text: string): unknown {
  try {
    return { value: parse(text) }
  } catch (error) {
    assert.ok(error instanceof SyntaxError)
    return error.message
  }
}

const same = (text: string): void =>
  assert.deepEqual(outcomeOf(parseExactJson, text), outcomeOf(parseWithReviver, text))

/** What JSON is made of, and what its numbers and texts are made of. */
const pieces = [
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    ' ',
    '\n',
    '-',
    '.',
    'e',
    '0',
    '\u00a0',
    'true',
    'null',
    '"a":',
  ],
  ...[
    '9007199254740991',
    '9007199254740992',
    '1763640000000000001',
    '-1763640000000000001',
    '12345678901234567890',
  ],
  ...[
    '0001763640000000000001',
    '1763640000000000001.5',
    '1763640000000000001e2',
    '"1763640000000000001"',
    '"\\\\"',
  ],
]

test('any pieces of JSON are read or refused as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), parts => same(parts.join(''))),
    { numRuns: 3_000 },
  )
})

test('any JSON with long numbers among its values and texts is read as with a reviver', () => {
  const numbers = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(value => ({ number: String(value) }))
  const text = fc.array(fc.constantFrom(...pieces, 'ä', '😀'), { maxLength: 6 }).map(parts => parts.join(''))
  const { value: values } = fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      numbers,
      text,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }))
  const write = (value: unknown): string => {
    if (typeof value === 'string') return JSON.stringify(value)
    if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
    const entries = Object.entries(value as object)
    if (entries[0]?.[0] === 'number') return String(entries[0][1])
    return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join(',')}}`
  }
  fc.assert(fc.property(values, value => same(write(value))))
})

test('a number is kept where it may stand, and nowhere else', () => {
  const long = '1763640000000000001'
  assert.deepEqual(parseExactJson(`[${long},${long} ,\n-${long}]`), [long, long, `-${long}`])
  assert.equal(parseExactJson(` ${long} `), long)
  assert.deepEqual(parseExactJson(`{"a, ${long}, ":"\\", ${long}, ","b":${long}}`), {
    [`a, ${long}, `]: `", ${long}, `,
    b: long,
  })
  for (const wrong of [`{${long}:1}`, `{ ${long} : 1}`, `[ 0${long}]`, `[${long} ${long}]`, `[${long}`])
    same(wrong)
})

test('a message of what is no JSON tells of the text as it was sent', () => {
  const text = '{"a":1763640000000000001,"b":1763640000000000001,"c":x}'
  assert.throws(() => parseExactJson(text), { name: 'SyntaxError', message: /\d,"c":x\}/ })
  same(text)
})
