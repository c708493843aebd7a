// Identity

// Attributes
export type { AnyValue, Attributes, KeyValue } from './attributes.ts'
export { displayValue, findAttribute, plainValue } from './attributes.ts'
// Errors
export type { ErrorCode, ErrorKind } from './errors.ts'
export { errorTable, WaybillError } from './errors.ts'
export type { SpanId, TraceId } from './ids.ts'
export { parseSpanId, parseTraceId } from './ids.ts'
// Messages
export type { MessageFacts, MessageOperation, MessageSegment, MessageTie } from './messaging.ts'
export { messageOperations, messageTies } from './messaging.ts'
// Spans and traces
export type { Resource, Scope, Span, SpanEvent, SpanKind, SpanLink, StatusCode, Trace } from './span.ts'
export { spanKinds, statusCodes } from './span.ts'
