import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { buildParserFile } from '@lezer/generator'
import { highlightTree, tagHighlighter, tags } from '@lezer/highlight'
import { parser } from './parser.generated.ts'

const source = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

describe('the generated parser', () => {
  it('is what `npm run generate -w @waybill/query-language` makes of the grammar', () => {
    const made = buildParserFile(source('query.grammar'), { fileName: 'query.grammar', typeScript: true })
    assert.equal(made.parser, source('parser.generated.ts'))
  })

  it('names the parts of a query for a highlighter', () => {
    const names = tagHighlighter([
      { tag: tags.propertyName, class: 'key' },
      { tag: tags.compareOperator, class: 'operator' },
      { tag: tags.literal, class: 'value' },
      { tag: tags.string, class: 'string' },
      { tag: tags.content, class: 'word' },
      { tag: tags.logicOperator, class: 'logic' },
      { tag: tags.controlOperator, class: 'relation' },
      { tag: tags.brace, class: 'brace' },
      { tag: tags.paren, class: 'paren' },
      { tag: tags.separator, class: 'separator' },
    ])
    const text = '-topic:orders OR {name:"a b"} => {x in (1, 2)} (word)'
    const parts: string[] = []
    highlightTree(parser.parse(text), names, (from, to, name) =>
      parts.push(`${name} ${text.slice(from, to)}`),
    )
    assert.deepEqual(parts, [
      'logic -',
      'key topic',
      'operator :',
      'value orders',
      'logic OR',
      'brace {',
      'key name',
      'operator :',
      'string "a b"',
      'brace }',
      'relation =>',
      'brace {',
      'key x',
      'operator in (',
      'value 1',
      'separator ,',
      'value 2',
      'paren )',
      'brace }',
      'paren (',
      'word word',
      'paren )',
    ])
  })
})
