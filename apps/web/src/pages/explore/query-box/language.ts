import { HighlightStyle, LanguageSupport, LRLanguage, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { tags } from '@lezer/highlight'
import { parser } from '@waybill/query-language'

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent)' },
  {
    tag: [tags.compareOperator, tags.controlOperator, tags.paren, tags.brace, tags.separator],
    color: 'var(--ink-3)',
  },
  { tag: tags.logicOperator, color: 'var(--error-ink)' },
])

/** The query language in the editor: its grammar, and its colours in the names of the tokens. */
export const queryLanguage: Extension = [
  new LanguageSupport(LRLanguage.define({ parser, languageData: {} })),
  syntaxHighlighting(colours),
]
