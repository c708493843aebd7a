// Bytes without a content type → what they are
export type { SpanEncoding } from './encoding.ts'
export { detectEncoding } from './encoding.ts'
