// Tracing a client

// Zero-code start's configuration
export type { RequestOptions, RequestRule } from './clients/http/rules.ts'
export { traceKafka } from './clients/kafkajs/trace.ts'
export type { InstrumentConfig } from './config.ts'
// Options
export type { Pattern } from './pattern.ts'
export type { MessageRule, Operation } from './rules.ts'
// Within handlers
export { contextOf, processEach, processMessage } from './scope.ts'
export type { FunctionRule } from './start/functions.ts'
// Around functions
export type { CallName } from './traced.ts'
export { traced } from './traced.ts'
export type { Continuation, MessagingOptions } from './tracing.ts'
