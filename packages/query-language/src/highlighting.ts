import { styleTags, tags } from '@lezer/highlight'

/** Which part of a query is what, for any highlighter that knows Lezer's tags. */
export const queryHighlighting = styleTags({
  'Key/Word': tags.propertyName,
  'CompareOperator InKeyword': tags.compareOperator,
  RelationOperator: tags.controlOperator,
  'Value ListValue': tags.literal,
  Quoted: tags.string,
  'Text/Word': tags.content,
  'OrKeyword AndKeyword NotKeyword': tags.logicOperator,
  Minus: tags.logicOperator,
  '( )': tags.paren,
  '{ }': tags.brace,
  ',': tags.separator,
})
