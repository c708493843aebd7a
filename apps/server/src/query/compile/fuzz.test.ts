import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { WaybillError } from '@waybill/model'
import type { Query, Value } from '@waybill/query-language'
import { keyTarget, parseQuery } from '@waybill/query-language'
import { anyText, arbitraryQuery } from '@waybill/query-language/arbitrary-query'
import fc from 'fast-check'
import { isBounded, scansOf } from '../snapshots/scans.ts'
import type { TimeRange } from '../time-range.ts'
import type { Statement } from './compile.ts'
import { compileMessages, compileQuery, statement } from './compile.ts'

const hour: TimeRange = { startUnixNano: '1700000000000000000', endUnixNano: '1700003600000000000' }
const minute: TimeRange = { startUnixNano: '1700003540000000000', endUnixNano: '1700003600000000000' }
const beyond2106: TimeRange = { startUnixNano: '0', endUnixNano: '9223372036854775807' }

/** A query as the searches ask it: for spans, for messages, in a window of the range, in one without minutes. */
function compileAll(query: Query): readonly Statement[] {
  return [
    statement(bind => {
      const { table, where } = compileQuery(query, hour, bind)
      return `SELECT trace_id FROM ${table} WHERE ${where}`
    }),
    statement(bind => {
      const { table, where } = compileQuery(query, minute, bind, hour)
      return `SELECT trace_id FROM ${table} WHERE ${where}`
    }),
    statement(bind => {
      const { table, where } = compileQuery(query, beyond2106, bind)
      return `SELECT trace_id FROM ${table} WHERE ${where}`
    }),
    statement(bind => `SELECT trace_id FROM messages WHERE ${compileMessages(query, hour, bind)}`),
  ]
}

/** Queries at random: a few of them are too large for the engine. */
function unlessTooLarge(compile: () => readonly Statement[]): readonly Statement[] {
  try {
    return compile()
  } catch (error) {
    assert.ok(error instanceof WaybillError && error.code === 'QUERY_TOO_LARGE', String(error))
    return []
  }
}

function compileSome(query: Query): readonly Statement[] {
  return unlessTooLarge(() => compileAll(query))
}

/** What could end a literal, a placeholder or a statement, around a word that the compiler does not write. */
const hostile = `zq7'"\`\\{p0:String}{x:String}%_*); -- /* \n\t\0 ünïcødé 🚚`

/** The query with hostile text wherever text can stand that its key does not check. */
function withHostileText(query: Query): Query {
  switch (query.type) {
    case 'and':
    case 'or':
      return { ...query, items: query.items.map(withHostileText) }
    case 'not':
      return { ...query, item: withHostileText(query.item) }
    case 'trace':
      return { ...query, query: withHostileText(query.query) }
    case 'relation':
      return { ...query, left: withHostileText(query.left), right: withHostileText(query.right) }
    case 'text':
      return { ...query, value: hostileValue(query.value) as typeof query.value }
    case 'has':
      return { ...query, key: hostileKey(query.key) }
    case 'range':
      return { ...query, key: hostileKey(query.key) }
    case 'in':
      return isChecked(query.key)
        ? query
        : { ...query, key: hostileKey(query.key), values: query.values.map(hostileValue) }
    case 'compare': {
      if (isChecked(query.key)) return query
      const isText = !/[<>~]/.test(query.operator)
      return {
        ...query,
        key: hostileKey(query.key),
        value: isText ? hostileValue(query.value) : query.value,
      }
    }
    default:
      return query
  }
}

/** The compiler refuses text for these, so that none can come through. */
function isChecked(key: string): boolean {
  return /^(kind|status|trace|span|trace\.dur|dur|offset|size|batch|attempts|wait|e2e)$/.test(key)
}

function hostileKey(key: string): string {
  const target = keyTarget(key)
  return target.type === 'short' ? key : `${target.of === 'any' ? '@' : `${target.of}.`}${hostile}`
}

function hostileValue(value: Value): Value {
  return value.type === 'glob' ? { type: 'glob', text: `*${hostile}` } : { type: 'text', text: hostile }
}

/** The words of SQL that the snapshots have; whatever a query is, nothing else is written. */
const words = /\{p\d+:[^}]*\}|'(?:[^'\\]|\\.)*'|\w+|[^\s\w]/g
const fixtures = join(import.meta.dirname, '../snapshots/fixtures')
const vocabulary = new Set(
  readdirSync(fixtures).flatMap(name =>
    wordsOf(readFileSync(join(fixtures, name), 'utf8').replace(/^--.*$/gm, '')),
  ),
)

function wordsOf(sql: string): readonly string[] {
  return (sql.match(words) ?? []).map(word => word.replace(/^\{p\d+:/, '{p:'))
}

/** Whether the engine takes a value as a type; ids are bound as hex digits. */
function suits(value: unknown, type: string): boolean {
  if (type === 'String') return typeof value === 'string'
  const element = /^Array\((.*)\)$/.exec(type)?.[1]
  if (element !== undefined) return Array.isArray(value) && value.every(one => suits(one, element))
  if (type === 'Date') return /^\d{4}-\d\d-\d\d$/.test(String(value))
  if (type === "DateTime('UTC')") return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(String(value))
  if (type === "DateTime64(9, 'UTC')") return /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}$/.test(String(value))
  const bytes = /^FixedString\((\d+)\)$/.exec(type)?.[1]
  if (bytes !== undefined) return new RegExp(`^[0-9a-f]{${Number(bytes) * 2}}$`).test(String(value))
  if (type === 'Float64') return typeof value === 'number' && Number.isFinite(value)
  if (type === 'UInt8') return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 256
  if (type !== 'Int64' || !/^-?\d+$/.test(String(value))) return false
  return BigInt.asIntN(64, BigInt(String(value))) === BigInt(String(value))
}

function sizeOf(query: Query): number {
  if (query.type === 'and' || query.type === 'or')
    return query.items.reduce((sum, item) => sum + sizeOf(item), 1)
  if (query.type === 'not') return 1 + sizeOf(query.item)
  if (query.type === 'trace') return 1 + sizeOf(query.query)
  return query.type === 'relation' ? 1 + sizeOf(query.left) + sizeOf(query.right) : 1
}

describe('a compiled query', () => {
  const check = (judge: (query: Query, compiled: Statement) => void) =>
    fc.assert(
      fc.property(arbitraryQuery, query => {
        for (const compiled of compileSome(query)) judge(query, compiled)
      }),
      { numRuns: 500 },
    )

  it('is refused as too large only where it is', () => {
    const large = fc.sample(arbitraryQuery, 500).filter(query => compileSome(query).length === 0)
    assert.ok(large.length < 10, `${large.length} of 500`)
    for (const query of large) assert.ok(sizeOf(query) >= 10)
  })

  it('holds nothing that was written by a user', () => {
    const hostileQuery = arbitraryQuery.map(withHostileText)
    fc.assert(
      fc.property(hostileQuery, query => {
        for (const { sql } of compileSome(query)) assert.doesNotMatch(sql, /zq7|🚚|`|;|--|\/\*/)
      }),
      { numRuns: 500 },
    )
  })

  it('has only words that the snapshots have', () => {
    check((_, { sql }) => {
      const strange = wordsOf(sql).filter(word => !vocabulary.has(word))
      assert.deepEqual(strange, [])
    })
  })

  it('has a value for every placeholder, of its type, and no other', () => {
    check((_, { sql, parameters }) => {
      const placeholders = new Map(
        [...sql.matchAll(/\{(p\d+):([^}]*)\}/g)].map(([, name, type]) => [name, type]),
      )
      assert.deepEqual([...placeholders.keys()].sort(), Object.keys(parameters).sort())
      for (const [name, type] of placeholders)
        assert.ok(
          suits(parameters[name ?? ''], type ?? ''),
          `${name}: ${parameters[name ?? '']} is no ${type}`,
        )
    })
  })

  it('bounds the time of all that it reads', () => {
    check((_, { sql }) => {
      const scans = scansOf(sql)
      assert.ok(scans.length > 0)
      assert.deepEqual(
        scans.filter(scan => !isBounded(scan)),
        [],
      )
    })
  })

  it('has times that the engine knows, whatever the range', () => {
    const nano = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
    const times = fc
      .array(nano, { minLength: 2, maxLength: 2 })
      .map(two => two.sort((a, b) => (a < b ? -1 : 1)))
    fc.assert(
      fc.property(arbitraryQuery, times, (query, [start, end]) => {
        const range = { startUnixNano: String(start), endUnixNano: String(end) }
        const rows = () =>
          statement(bind => {
            const { table, where } = compileQuery(query, range, bind)
            return `SELECT trace_id FROM ${table} WHERE ${where}`
          })
        for (const { sql, parameters } of unlessTooLarge(() => [rows()])) {
          assert.ok(scansOf(sql).every(isBounded))
          for (const [name, value] of Object.entries(parameters))
            if (sql.includes(`{${name}:Date`)) assert.match(String(value), /^(?:19[7-9]|2[01]\d|22[0-6])\d-/)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('grows no faster than the square of the query', () => {
    check((query, { sql }) => assert.ok(sql.length < 6000 * sizeOf(query) ** 2, `${sql.length}`))
  })

  it('comes of every text that can be read', () => {
    const pieces = [
      'service:',
      'dur>',
      'x~',
      'is:error',
      ' in (',
      ')',
      '{',
      '} => {',
      '}',
      ' OR ',
      ' -',
      '"',
      ',',
      '5ms',
      'a*',
    ]
    const text = fc
      .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, anyText()), { maxLength: 12 })
      .map(parts => parts.join(''))
    let read = 0
    fc.assert(
      fc.property(text, written => {
        const query = readOrUndefined(written)
        if (query === undefined) return
        read++
        compileSome(query)
      }),
      { numRuns: 3000 },
    )
    assert.ok(read > 200, `${read} of the texts were queries`)
  })
})

function readOrUndefined(text: string): Query | undefined {
  try {
    return parseQuery(text)
  } catch (error) {
    assert.ok(error instanceof WaybillError && error.code === 'BAD_QUERY', String(error))
    return undefined
  }
}

describe('a query that is too large', () => {
  const repeated = (count: number) => parseQuery(Array(count).fill('is:unconsumed').join(' OR '))
  const size = (count: number) =>
    statement(bind => compileQuery(repeated(count), hour, bind).where).sql.length
  const each = size(3) - size(2)
  const most = Math.floor((200_000 - size(2)) / each) + 2

  it('is refused with what to do about it; one condition less is not', () => {
    assert.ok(size(most) <= 200_000)
    assert.throws(() => size(most + 1), { code: 'QUERY_TOO_LARGE', message: /Leave some of them out/ })
  })

  it('does not grow as a power of its depth', () => {
    const nested = (depth: number) => parseQuery('{wait>1s '.repeat(depth) + '}'.repeat(depth))
    const lengths = [2, 3, 4, 5].map(
      depth => statement(bind => compileQuery(nested(depth), hour, bind).where).sql.length,
    )
    const [two = 0, three = 0, four = 0, five = 0] = lengths
    assert.ok(five - four < 1.1 * (three - two), String(lengths))
    assert.throws(() => compileAll(nested(25)), { code: 'QUERY_TOO_LARGE' })
  })
})
