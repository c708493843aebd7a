import type { SpanKind } from '@waybill/model'

/** The range of time that rates are asked of, as in SearchParameters, and how it is cut. */
interface RateParameters {
  readonly start?: string
  readonly end?: string
  readonly last?: string
  /** Whole minutes, such as `5m`. Absent: about ninety steps fit the range, a minute each at least. */
  readonly step?: string
}

export interface RedParameters extends RateParameters {
  readonly service?: string
  /** The name of spans. */
  readonly operation?: string
  readonly kind?: string
  /** `service` or `operation` gives one series for each; absent, one for all. */
  readonly by?: string
}

/**
 * Quantiles of durations in nanoseconds, within 9 % of the exact ones and mostly within 5 %; absent where there
 * are no spans. A duration below 0 counts as 0.
 */
export interface DurationQuantiles {
  readonly p50Nano?: number
  readonly p95Nano?: number
  readonly p99Nano?: number
}

export interface RedStep extends DurationQuantiles {
  readonly spans: number
  readonly errors: number
}

/** Rate, errors and duration of spans. */
export interface RedSeries extends RedStep {
  /** Which spans these are, as far as `by` tells them apart. */
  readonly service?: string
  readonly name?: string
  readonly kind?: SpanKind
  /** These are the spans whose names are beyond the thousand that a service may have a day. */
  readonly rest?: true
  readonly spansPerSecond: number
  readonly meanNano?: number
  /** One for each step from `startUnixMs` on. */
  readonly steps: readonly RedStep[]
}

export interface RedResponse {
  /** The start of the first step: at or before the start that was asked for. */
  readonly startUnixMs: number
  readonly stepMs: number
  /** Those with the most spans first, a hundred at most. */
  readonly series: readonly RedSeries[]
}

export interface FlowParameters extends RateParameters {
  readonly system?: string
  readonly destination?: string
  readonly service?: string
  /** A consumer group. */
  readonly group?: string
}

export interface FlowStep {
  readonly messages: number
  readonly errors: number
}

/** One way that messages take: into a destination (`create`, `send`) or out of it. */
export interface FlowRoute extends FlowStep, DurationQuantiles {
  readonly system: string
  readonly destination: string
  readonly operation: string
  readonly service: string
  readonly consumerGroup: string
  /** These are messages beyond the thousand operations that a service may have a day. */
  readonly rest?: true
  readonly bytes: number
  readonly messagesPerSecond: number
  readonly steps: readonly FlowStep[]
}

/** The flow of messages: a destination joins its senders with its receivers. */
export interface FlowResponse {
  readonly startUnixMs: number
  readonly stepMs: number
  /** Those with the most messages first, a thousand at most. */
  readonly routes: readonly FlowRoute[]
}

/** Which waits are asked for; times as in {@link SearchParameters}. */
export interface WaitsParameters {
  readonly start?: string
  readonly end?: string
  readonly last?: string
  /** A topic or a queue. */
  readonly destination: string
}

/** How long messages waited until one group's span received or processed them. */
export interface Waits {
  readonly consumerGroup: string
  readonly service: string
  readonly operation: 'receive' | 'process'
  /** Those whose send is known. */
  readonly messages: number
  readonly p50Nano: number
  readonly p95Nano: number
  readonly p99Nano: number
  readonly maxNano: number
}

export interface WaitsResponse {
  readonly destination: string
  /** Those with the most messages first, a thousand at most. */
  readonly waits: readonly Waits[]
}
