import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layOut, readStatements, writeStatement } from './layout.ts'

const sql =
  "SELECT a, b  FROM t WHERE x = ' AND  (SELECT \\' ' AND y BETWEEN 1 AND 2 AND (p OR q) AND id IN (SELECT id FROM u WHERE z = {p0:String}) GROUP BY a"

test('clauses, conditions and selections have lines of their own', () => {
  assert.deepEqual(layOut(sql).split('\n'), [
    'SELECT a, b',
    'FROM t',
    "WHERE x = ' AND  (SELECT \\' '",
    '  AND y BETWEEN 1 AND 2',
    '  AND (p OR q)',
    '  AND id IN (',
    '  SELECT id',
    '  FROM u',
    '  WHERE z = {p0:String}',
    ')',
    'GROUP BY a',
  ])
})

test('long lines are cut between words, never in a literal', () => {
  const long = `SELECT ${Array.from({ length: 60 }, (_, i) => `column${i}`).join(', ')}, '${'a '.repeat(80)}' FROM t`
  const lines = layOut(long).split('\n')
  assert.ok(lines.length > 5)
  assert.equal(lines.map(line => line.trim()).join(' '), long)
})

test('what is written is read back', () => {
  const statements = [
    { sql: 'SELECT {p0:String}', parameters: { p0: 'a\n-- p1 = 2\nSELECT "' } },
    { sql: 'SELECT 1', parameters: {} },
    { sql: 'EXPLAIN ESTIMATE SELECT {p0:Array(String)}', parameters: { p0: ['x', 'y'] } },
  ]
  const text = `-- a title\n${statements.map(writeStatement).join('\n\n')}\n`
  assert.deepEqual(readStatements(text), statements)
})
