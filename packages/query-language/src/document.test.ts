import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { conditions } from './conditions.ts'
import { shortKeys } from './keys.ts'
import { parseQuery } from './parse.ts'

const document = readFileSync(new URL('../../../docs/query-language.md', import.meta.url), 'utf8')

test('the document has a row for every key, as the key itself says', () => {
  const rows = Object.entries(shortKeys).map(
    ([key, meaning]) => `| \`${key}\` | ${meaning.description} | ${meaning.type} | \`${meaning.example}\` |`,
  )
  assert.deepEqual(
    rows.filter(row => !document.includes(row)),
    [],
  )
})

test('the document names every condition', () => {
  assert.deepEqual(
    Object.keys(conditions).filter(name => !document.includes(`| \`is:${name}\` |`)),
    [],
  )
})

test('every example of the document can be read', () => {
  const [, examples = ''] = /```\n([\s\S]*?)```/.exec(document) ?? []
  const lines = examples.trim().split('\n')
  assert.ok(lines.length >= 4)
  for (const line of lines) parseQuery(line)
})
