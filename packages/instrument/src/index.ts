// Tracing a client
export { traceKafka } from './clients/kafkajs/trace.ts'
// Options
export type { Pattern } from './pattern.ts'
export type { MessageRule, Operation } from './rules.ts'
// Within handlers
export { contextOf, processEach, processMessage } from './scope.ts'
// Around functions
export type { CallName } from './traced.ts'
export { traced } from './traced.ts'
export type { Continuation, MessagingOptions } from './tracing.ts'
