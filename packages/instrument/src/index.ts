// Tracing a client

// Options
export type { Pattern } from '@waybill/model'
export type { CaptureOptions } from './capture.ts'
export { traceChannel, traceConnection } from './clients/amqplib/trace.ts'
export { traceAmqpClient } from './clients/cloudamqp/trace.ts'
// Zero-code start's configuration
export type { RequestOptions, RequestRule } from './clients/http/rules.ts'
export { traceKafka } from './clients/kafkajs/trace.ts'
export { traceRdkafka } from './clients/librdkafka/trace.ts'
export { tracePlatformatic } from './clients/platformatic/trace.ts'
export { traceRabbitmqClient } from './clients/rabbitmq-client/trace.ts'
export type { InstrumentConfig } from './config.ts'
export type { HeaderFormat } from './formats.ts'
// Within handlers
export type { ForwardedMessage } from './forward.ts'
export { deadLetter, retryOf } from './forward.ts'
// Among OpenTelemetry's instrumentations
export type { WaybillInstrumentationConfig } from './instrumentation.ts'
export { WaybillInstrumentation } from './instrumentation.ts'
export type { Message } from './message.ts'
export { nextSpan } from './next-span.ts'
export type { Continuation, MessageRule, Operation } from './rules.ts'
export { carriedContextOf, contextOf, processEach, processMessage } from './scope.ts'
export type { Conventions } from './semconv.ts'
export type { FunctionRule } from './start/functions.ts'
export { exportStatistics } from './start/statistics.ts'
// Around functions
export type { CallName, MethodDecorator } from './traced.ts'
export { traced } from './traced.ts'
export type { HookInfo, MessagingOptions, SpanHook } from './tracing.ts'
