// Identity

// Attributes
export type { AnyValue, Attributes, KeyValue } from './attributes.ts'
export { displayValue, findAttribute, plainValue } from './attributes.ts'
// Cause and effect
export type { LinePart } from './critical-line.ts'
// Errors
export type { ErrorCode, ErrorKind } from './errors.ts'
export { errorTable, WaybillError } from './errors.ts'
export type { SpanId, TraceId } from './ids.ts'
export { parseSpanId, parseTraceId } from './ids.ts'
// Spans as little as summaries and messages need
export type { CausalSpan, LightLink, LightSpan } from './light-span.ts'
export { lightSpan } from './light-span.ts'
// Messages
export type { LinkedMessage, MessagingSpan } from './message-facts.ts'
export { formatCoordinates, linkedMessagesOf, mergeFacts, messageFactsOf } from './message-facts.ts'
export type { UnreceivedMessage } from './messages.ts'
export { messageSegments, tieMessages, unreceivedMessages } from './messages.ts'
export type { MessageFacts, MessageOperation, MessageSegment, MessageTie } from './messaging.ts'
export { messageOperations, messageTies } from './messaging.ts'
export { messagingKeys, openTracingKeys, operationWords } from './messaging-keys.ts'
// Names
export type { Pattern } from './pattern.ts'
export { matcherOf } from './pattern.ts'
// Spans and traces
export type { Resource, Scope, Span, SpanEvent, SpanKind, SpanLink, StatusCode, Trace } from './span.ts'
export { spanKinds, statusCodes } from './span.ts'
// Objects of others
export type { Stamp } from './stamp.ts'
export { stamp } from './stamp.ts'
export type { OutlinePart, TimeShare, TimeShareKind, TraceOutline } from './summary.ts'
export { lineOf, summarize, timeShares } from './summary.ts'
// Times and durations
export {
  addNano,
  compareTimes,
  elapsedNano,
  formatDuration,
  parseDuration,
  timeOfUnixMs,
  unixMsOf,
} from './time.ts'
export type { Traceparent } from './traceparent.ts'
export { formatTraceparent, parseTraceparent } from './traceparent.ts'
export type {
  MessageRow,
  MissingReason,
  MissingRow,
  SpanRow,
  TraceRow,
  TraceTree,
  TreeSpan,
} from './tree.ts'
export { describeMissing, traceTree } from './tree.ts'
