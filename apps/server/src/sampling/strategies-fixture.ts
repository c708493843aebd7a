/* A file of strategies for tests, and what Jaeger 2.20 answers from it, with a default probability of 1. */

export const strategiesFile = {
  default_strategy: {
    type: 'probabilistic',
    param: 0.5,
    operation_strategies: [
      { operation: 'health', type: 'probabilistic', param: 0 },
      { operation: 'bulk', type: 'ratelimiting', param: 1 },
      { operation: 'pay', type: 'probabilistic', param: 1 },
    ],
  },
  service_strategies: [
    {
      service: 'orders',
      type: 'probabilistic',
      param: 0.8,
      operation_strategies: [
        { operation: 'pay', type: 'probabilistic', param: 0.25 },
        { operation: 'list', type: 'probabilistic', param: 0.00000012 },
      ],
    },
    { service: 'mail', type: 'ratelimiting', param: 5.9 },
    { service: 'a b/ü', type: 'probabilistic', param: 0.125 },
    { service: 'untyped' },
  ],
} as const

const health = { operation: 'health', probabilisticSampling: { samplingRate: 0 } }
const pay = { operation: 'pay', probabilisticSampling: { samplingRate: 1 } }

function operations(defaultSamplingProbability: number, perOperationStrategies: readonly object[]): object {
  return {
    defaultSamplingProbability,
    defaultLowerBoundTracesPerSecond: 0,
    perOperationStrategies,
    defaultUpperBoundTracesPerSecond: 0,
  }
}

export const jaegersAnswers: Readonly<Record<string, object>> = {
  orders: {
    strategyType: 'PROBABILISTIC',
    probabilisticSampling: { samplingRate: 0.8 },
    operationSampling: operations(0.8, [
      { operation: 'pay', probabilisticSampling: { samplingRate: 0.25 } },
      { operation: 'list', probabilisticSampling: { samplingRate: 1.2e-7 } },
      health,
    ]),
  },
  mail: {
    strategyType: 'RATE_LIMITING',
    rateLimitingSampling: { maxTracesPerSecond: 5 },
    operationSampling: operations(0.5, [health, pay]),
  },
  'a b/ü': {
    strategyType: 'PROBABILISTIC',
    probabilisticSampling: { samplingRate: 0.125 },
    operationSampling: operations(0.125, [health, pay]),
  },
  untyped: {
    strategyType: 'PROBABILISTIC',
    probabilisticSampling: { samplingRate: 1 },
    operationSampling: operations(1, [health, pay]),
  },
  unheard: {
    strategyType: 'PROBABILISTIC',
    probabilisticSampling: { samplingRate: 0.5 },
    operationSampling: operations(0.5, [health, pay]),
  },
}
