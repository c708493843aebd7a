/*
 * How a client decides which traces to keep, in the shape of jaeger.api_v2.SamplingStrategyResponse, which is
 * that of the JSON answer, too.
 */

export interface ProbabilisticSampling {
  /** From 0 to 1. */
  readonly samplingRate: number
}

export interface OperationSampling {
  readonly operation: string
  readonly probabilisticSampling: ProbabilisticSampling
}

export interface PerOperationSampling {
  /** For operations that are not in the list. */
  readonly defaultSamplingProbability: number
  readonly defaultLowerBoundTracesPerSecond: number
  readonly perOperationStrategies: readonly OperationSampling[]
  readonly defaultUpperBoundTracesPerSecond: number
}

/** A client that knows `operationSampling` follows that, and the other part where it is not there. */
export type Strategy = (
  | { readonly strategyType: 'PROBABILISTIC'; readonly probabilisticSampling: ProbabilisticSampling }
  | {
      readonly strategyType: 'RATE_LIMITING'
      readonly rateLimitingSampling: { readonly maxTracesPerSecond: number }
    }
) & { readonly operationSampling?: PerOperationSampling }

/** What each service is told. */
export interface Strategies {
  readonly byService: ReadonlyMap<string, Strategy>
  /** For services that are not there. */
  readonly otherwise: Strategy
}

/** The strategy of one service. */
export function strategyOf({ byService, otherwise }: Strategies, service: string): Strategy {
  return byService.get(service) ?? otherwise
}

/** Every trace with the same probability, from 0 to 1. */
export function probabilistic(samplingRate: number): Strategy {
  return { strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate } }
}
