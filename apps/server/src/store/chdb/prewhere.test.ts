import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutPrewhere } from './prewhere.ts'

test('both conditions become one, each in brackets', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['SELECT a FROM t WHERE b', 'SELECT a FROM t WHERE b'],
    ['SELECT a FROM t PREWHERE b', 'SELECT a FROM t WHERE b '],
    ['SELECT a FROM t PREWHERE b OR c WHERE d OR e', 'SELECT a FROM t WHERE (b OR c) AND (d OR e) '],
    [
      'SELECT a FROM t PREWHERE b IN (SELECT b FROM u WHERE c) WHERE d ORDER BY a LIMIT 1',
      'SELECT a FROM t WHERE (b IN (SELECT b FROM u WHERE c)) AND (d) ORDER BY a LIMIT 1',
    ],
    [
      'SELECT a FROM (SELECT a FROM t PREWHERE b WHERE c) GROUP BY a',
      'SELECT a FROM (SELECT a FROM t WHERE (b) AND (c) ) GROUP BY a',
    ],
    [
      'SELECT a FROM t PREWHERE b UNION ALL SELECT a FROM u PREWHERE c WHERE d',
      'SELECT a FROM t WHERE b UNION ALL SELECT a FROM u WHERE (c) AND (d) ',
    ],
    [
      "SELECT a FROM t PREWHERE b = 'it\\' WHERE (' WHERE c",
      "SELECT a FROM t WHERE (b = 'it\\' WHERE (') AND (c) ",
    ],
  ]
  for (const [sql, expected] of cases) assert.equal(withoutPrewhere(sql), expected)
})
