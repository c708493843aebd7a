import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeTraces } from '@waybill/wire/otlp'
import type { Engine, Segment } from './engine.ts'
import { StoreRefusedError } from './engine.ts'
import { writeSegment } from './temporary-store.ts'

/** What the suite asks of an implementation: a store with the schema, empty when it is opened first. */
export interface EngineUnderTest {
  /** Opens the store; after a `close`, the same one again. */
  open(): Promise<Engine>
  dispose(): Promise<void>
}

/** More than any of them can run at once, so that some wait for their turn. */
const many = 8
/** More rows than the engine puts out in one piece. */
const severalPieces = 70_000

/** The contract of {@link Engine}, for every implementation of it. */
export function testEngine(name: string, make: () => Promise<EngineUnderTest>): void {
  suite(name, () => {
    let subject: EngineUnderTest
    let engine: Engine
    let folder = ''
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'waybill-engine-'))
      subject = await make()
      engine = await subject.open()
    })
    after(async () => {
      await engine.close()
      await subject.dispose()
      await rm(folder, { recursive: true, force: true })
    })

    const count = async (token: string): Promise<number> => {
      const [row] = await engine.query<{ readonly spans: string }>(
        'SELECT count() AS spans FROM spans WHERE name = {token:String}',
        { token },
      )
      return Number(row?.spans)
    }

    test('rows are objects by the names of their columns, in the order of the statement', async () => {
      assert.deepEqual(
        await engine.query("SELECT number AS n, concat('row ', toString(n)) AS text FROM numbers(3)"),
        [0, 1, 2].map(n => ({ n: String(n), text: `row ${n}` })),
      )
      assert.deepEqual(await engine.query('SELECT 1 WHERE false'), [])
      assert.deepEqual(await engine.query('SELECT {a:UInt8} AS a, NULL AS b', { a: 1 }), [{ a: 1, b: null }])
    })

    test('ids are bound as hex digits and are bytes in the statement', async () => {
      const ids = ['00275c0a0d09ff41', 'ffffffffffffffff']
      const sql =
        'SELECT hex({one:FixedString(8)}) AS one, arrayMap(id -> hex(id), {all:Array(FixedString(8))}) AS list'
      assert.deepEqual(await engine.query(sql, { one: ids[0], all: ids }), [
        { one: ids[0]?.toUpperCase(), list: ids.map(id => id.toUpperCase()) },
      ])
      await assert.rejects(engine.query(sql, { one: 'no id', all: [] }), TypeError)
    })

    test('whole numbers of 64 bits are texts, and what JSON has no number for', async () => {
      const sql = `SELECT toUInt64(18446744073709551615) AS unsigned, toInt64(-9223372036854775808) AS signed,
  [toInt64(1)] AS list, toUInt32(4294967295) AS short, 0.5 AS half, [nan, inf, -inf] AS odd`
      const row = {
        unsigned: '18446744073709551615',
        signed: '-9223372036854775808',
        list: ['1'],
        short: 4294967295,
        half: 0.5,
        odd: ['nan', 'inf', '-inf'],
      }
      assert.deepEqual(await engine.query(sql), [row])
      assert.deepEqual(await collect(engine.stream(sql)), [row])
    })

    for (const [type, values] of Object.entries(parameterValues))
      test(`parameters of type ${type} arrive as they were given`, async () => {
        const names = values.map((_, i) => `p${i}`)
        const sql = `SELECT ${names.map(name => `{${name}:${type}} AS ${name}`).join(', ')}`
        const parameters = Object.fromEntries(values.map(([given], i) => [names[i], given]))
        const expected = Object.fromEntries(values.map(([given, back], i) => [names[i], back ?? given]))
        assert.deepEqual(await engine.query(sql, parameters), [expected])
        assert.deepEqual(await collect(engine.stream(sql, parameters)), [expected])
      })

    test('a parameter that is missing is an error, whatever was asked before', async () => {
      for (let i = 0; i < many; i++)
        assert.deepEqual(await engine.query('SELECT {text:String} AS text', { text: 'before' }), [
          { text: 'before' },
        ])
      for (const parameters of [{}, { text: undefined }, { other: 'text' }]) {
        await assert.rejects(engine.query('SELECT {text:String} AS text', parameters), /text/)
        await assert.rejects(collect(engine.stream('SELECT {text:String}', parameters)), /text/)
      }
    })

    test('a statement that is wrong says so and harms no other', async () => {
      for (let i = 0; i < many; i++) await assert.rejects(engine.query('SELECT nothing FROM nowhere'), Error)
      await assert.rejects(collect(engine.stream('SELECT nothing FROM nowhere')), Error)
      assert.deepEqual(await engine.query('SELECT 1 AS one'), [{ one: 1 }])
    })

    test('a query that needs too much memory is too large', async () => {
      const sql = 'SELECT groupArray(number) FROM numbers(1000000000)'
      await assert.rejects(engine.query(sql), { code: 'QUERY_TOO_LARGE', message: /memory/ })
      await assert.rejects(collect(engine.stream(sql)), { code: 'QUERY_TOO_LARGE' })
      assert.deepEqual(await engine.query('SELECT 1 AS one'), [{ one: 1 }])
    })

    test('a query that takes too long is too large', async () => {
      const sql =
        'SELECT sum(sipHash64(number)) FROM numbers(1000000000000) SETTINGS max_execution_time = 0.5'
      await assert.rejects(engine.query(sql), { code: 'QUERY_TOO_LARGE', message: /longer/ })
      await assert.rejects(collect(engine.stream(sql)), { code: 'QUERY_TOO_LARGE', message: /longer/ })
    })

    test('a result is whole or an error, wherever the time limit cuts it', async () => {
      const sorted = `SELECT number FROM numbers(300000) ORDER BY sipHash64(number) LIMIT ${severalPieces}`
      const outcomes = new Set<number | string>()
      for (let ms = 10; !outcomes.has(severalPieces); ms += 10) {
        const limited = `${sorted} SETTINGS max_execution_time = ${ms / 1000}`
        outcomes.add(
          await engine.query(limited).then(
            rows => rows.length,
            (error: { readonly code: string }) => error.code,
          ),
        )
        assert.deepEqual(await engine.query('SELECT 1 AS one'), [{ one: 1 }])
      }
      assert.deepEqual(outcomes, new Set(['QUERY_TOO_LARGE', severalPieces]))
    })

    test('a stream that its reader takes too long for is an error, not a part', async () => {
      const sorted = `SELECT number FROM numbers(200000) ORDER BY sipHash64(number)`
      const read = async () => {
        let pauseMs = 600
        for await (const _ of engine.stream(`${sorted} SETTINGS max_execution_time = 0.5`)) {
          if (pauseMs > 0) await sleep(pauseMs)
          pauseMs = 0
        }
      }
      await assert.rejects(read(), { code: 'QUERY_TOO_LARGE' })
    })

    test('what a failed statement had put out does not come before the rows of the next', async () => {
      const failing = `SELECT throwIf(number = ${severalPieces}, 'stop') FROM numbers(100000)`
      for (let i = 0; i < many; i++) {
        await assert.rejects(engine.query(failing), /stop/)
        assert.deepEqual(await engine.query('SELECT 1 AS one'), [{ one: 1 }])
        await assert.rejects(collect(engine.stream(failing)), /stop/)
        assert.deepEqual(await collect(engine.stream('SELECT 1 AS one')), [{ one: 1 }])
      }
    })

    test('a stream gives every row once, in order', async () => {
      let next = 0
      for await (const { number } of engine.stream<{ readonly number: string }>(
        'SELECT number FROM numbers({rows:UInt64})',
        { rows: severalPieces },
      ))
        assert.equal(number, String(next++))
      assert.equal(next, severalPieces)
    })

    test('a stream that is left early makes room for the next', async () => {
      for (let i = 0; i < many; i++)
        for await (const row of engine.stream('SELECT number FROM system.numbers')) {
          assert.deepEqual(row, { number: '0' })
          break
        }
      const leave = async () => {
        for await (const _ of engine.stream('SELECT number FROM system.numbers')) throw new Error('enough')
      }
      await assert.rejects(leave(), /enough/)
      assert.deepEqual(await engine.query('SELECT 1 AS one'), [{ one: 1 }])
    })

    test('a segment is loaded once, however often it is loaded', async () => {
      const segment = await sample(folder, 'repeated', 3)
      for (let i = 0; i < 3; i++) await engine.load(segment)
      assert.equal(await count('repeated'), 3)
    })

    test('an empty segment is loaded', async () => {
      await engine.load(await writeSegment(folder, 'empty', new Uint8Array(0)))
    })

    for (const [what, bytes] of Object.entries(garbage))
      test(`${what}: the segment is refused, and the next one is not`, async () => {
        const token = what.replaceAll(' ', '-')
        const whole = await sample(folder, `beside-${token}`, 2)
        const path = join(folder, token)
        await writeFile(path, bytes)
        const bad: Segment = { path, token, bytes: bytes.length, spans: 1 }
        await assert.rejects(engine.load(bad), StoreRefusedError)
        assert.equal(await count(token), 0)
        await engine.load(whole)
        assert.equal(await count(`beside-${token}`), 2)
      })

    test('a segment that cannot be read is worth another try', async () => {
      const missing = await sample(folder, 'missing', 1)
      await rename(missing.path, `${missing.path}.away`)
      await assert.rejects(engine.load(missing), error => !(error instanceof StoreRefusedError))
      await rename(`${missing.path}.away`, missing.path)
      await engine.load(missing)
      assert.equal(await count('missing'), 1)
    })

    test('queries, streams and loads run beside each other', async () => {
      const tokens = Array.from({ length: 4 }, (_, i) => `beside ${i}`)
      const segments = await Promise.all(tokens.map(token => sample(folder, token, 50)))
      const [texts, lengths] = await Promise.all([
        Promise.all(
          Array.from({ length: many }, (_, i) =>
            engine.query('SELECT {text:String} AS text', { text: `query ${i}` }),
          ),
        ),
        Promise.all(
          Array.from({ length: many }, async (_, i) => {
            const rows = engine.stream<{ readonly i: number }>('SELECT {i:UInt32} AS i FROM numbers(5000)', {
              i,
            })
            return (await collect(rows)).filter(row => row.i === i).length
          }),
        ),
        Promise.all(segments.map(segment => engine.load(segment))),
      ])
      assert.deepEqual(
        texts,
        Array.from({ length: many }, (_, i) => [{ text: `query ${i}` }]),
      )
      assert.deepEqual(lengths, new Array(many).fill(5000))
      assert.deepEqual(await Promise.all(tokens.map(count)), [50, 50, 50, 50])
    })

    test('closing waits for what is running', async () => {
      const segment = await sample(folder, 'last', 200)
      const work = [
        engine.load(segment),
        engine.query('SELECT count() FROM numbers(10000000) WHERE sipHash64(number) = 0'),
        collect(engine.stream('SELECT number FROM numbers(50000)')),
      ]
      await engine.close()
      await Promise.all(work)
      engine = await subject.open()
      assert.equal(await count('last'), 200)
    })
  })
}

/** Values by the type of their placeholder; the second of a pair is what comes back, where it is another. */
const parameterValues: Readonly<Record<string, readonly (readonly [unknown, unknown?])[]>> = {
  String: [
    [''],
    ["it's"],
    ['\\N'],
    ['back\\slash \\t \\x41'],
    ['line\nbreak\ttab\rreturn\0zero\b\f\v\u001b'],
    ["'); DROP TABLE spans; --"],
    ['{a:String} $b %s'],
    ['Größe 日本語 🚚'],
    ['x'.repeat(100_000)],
  ],
  UInt8: [[0], [255]],
  UInt32: [[0], [4294967295]],
  UInt64: [[0, '0'], ['18446744073709551615'], [18446744073709551615n, '18446744073709551615']],
  Int64: [['-9223372036854775808'], [-1, '-1'], [9223372036854775807n, '9223372036854775807']],
  Float64: [[0.1], [-1e300], [1e-7]],
  Bool: [[true], [false]],
  'Nullable(String)': [[null], ['NULL'], ['']],
  'Array(String)': [[[]], [['', "a'b", 'c\\d', 'e\nf\0', '[1,2]', 'é,"']]],
  'Array(Int64)': [[[]], [['-9223372036854775808', '9223372036854775807']]],
  'Array(UInt64)': [
    [
      [1, 18446744073709551615n],
      ['1', '18446744073709551615'],
    ],
  ],
  'Array(Array(String))': [[[[], ['a'], ['b', "'"]]]],
}

const garbage: Readonly<Record<string, Uint8Array>> = {
  noise: Uint8Array.from({ length: 500 }, (_, i) => (i * 73 + 41) % 256),
  'a field that is cut short': encodeSample('cut', 2).slice(0, -3),
  'a length beyond the end': Uint8Array.of(0x0a, 0xff, 0x7f, 0x00),
  'a varint without an end': new Uint8Array(12).fill(0xff),
  'a resource of another shape': Uint8Array.of(0x0a, 0x03, 0x12, 0x01, 0xff),
}

function sample(folder: string, name: string, spans: number): Promise<Segment> {
  return writeSegment(folder, name, encodeSample(name, spans))
}

async function collect<Row>(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const list: Row[] = []
  for await (const row of rows) list.push(row)
  return list
}

/** Spans of one name, told apart by their ids. */
function encodeSample(name: string, spans: number): Uint8Array {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'contract' } }] }
  return encodeTraces({
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            spans: Array.from({ length: spans }, (_, i) => ({
              traceId: (i + 1).toString(16).padStart(32, '0'),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              name,
              startTimeUnixNano: '1763640000000000000',
              endTimeUnixNano: '1763640000000000005',
            })),
          },
        ],
      },
    ],
  })
}
