import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jaegersAnswers, strategiesFile } from './strategies-fixture.ts'
import { strategyOf } from './strategy.ts'
import { readStrategies, StrategyFileError } from './strategy-file.ts'

function read(content: unknown, probability = 1) {
  return readStrategies(JSON.stringify(content), probability)
}

function problems(text: string): string {
  try {
    readStrategies(text, 1)
  } catch (error) {
    assert.ok(error instanceof StrategyFileError)
    return error.message
  }
  assert.fail(`taken: ${text}`)
}

test('every service is told what Jaeger tells it', () => {
  const { strategies, warnings } = read(strategiesFile)
  for (const [service, answer] of Object.entries(jaegersAnswers))
    assert.equal(JSON.stringify(strategyOf(strategies, service)), JSON.stringify(answer), service)
  assert.deepEqual(warnings, [
    'default_strategy.operation_strategies[1]: clients limit no rate for one operation; bulk is probabilistic with 0.5',
    'service_strategies[3] has no type; it is probabilistic with 1',
  ])
})

test('a file that says nothing leaves the default', () => {
  for (const content of [null, {}, { default_strategy: null, service_strategies: null }]) {
    const { strategies } = read(content, 0.25)
    assert.deepEqual(strategyOf(strategies, 'a'), {
      strategyType: 'PROBABILISTIC',
      probabilisticSampling: { samplingRate: 0.25 },
    })
  }
})

test('operations of a service that limits its rate keep the default probability of the rest', () => {
  const operation_strategies = [{ operation: 'a', type: 'probabilistic', param: 0.5 }]
  const service = { service: 's', type: 'ratelimiting', param: 3, operation_strategies }
  const { strategies } = read({ service_strategies: [service] }, 0.125)
  assert.deepEqual(strategyOf(strategies, 's'), {
    strategyType: 'RATE_LIMITING',
    rateLimitingSampling: { maxTracesPerSecond: 3 },
    operationSampling: {
      defaultSamplingProbability: 0.125,
      defaultLowerBoundTracesPerSecond: 0,
      perOperationStrategies: [{ operation: 'a', probabilisticSampling: { samplingRate: 0.5 } }],
      defaultUpperBoundTracesPerSecond: 0,
    },
  })
})

test('of a service that stands there twice the last one counts, with a warning', () => {
  const services = [0.1, 0.2].map(param => ({ service: 's', type: 'probabilistic', param }))
  const { strategies, warnings } = read({ service_strategies: services })
  assert.match(JSON.stringify(strategyOf(strategies, 's')), /0\.2/)
  assert.deepEqual(warnings, ['service_strategies[1]: s stands there again, and this one counts'])
})

test('limits: the last accepted and the first refused', () => {
  const param = (type: string, value: number) => ({ default_strategy: { type, param: value } })
  for (const [type, value] of [
    ['probabilistic', 0],
    ['probabilistic', 1],
    ['ratelimiting', 0],
    ['ratelimiting', 2_147_483_647],
  ] as const)
    read(param(type, value))
  for (const [type, value, message] of [
    ['probabilistic', -0.001, 'a probability is at least 0'],
    ['probabilistic', 1.001, 'a probability is at most 1'],
    ['ratelimiting', -1, 'a number of traces a second is at least 0'],
    ['ratelimiting', 2_147_483_648, 'a number of traces a second is at most 2147483647'],
  ] as const)
    assert.equal(problems(JSON.stringify(param(type, value))), `default_strategy.param: ${message}`)
})

test('every problem is named with its place', () => {
  assert.match(problems('{"default_strategy":'), /^no JSON: /)
  assert.match(problems(''), /^no JSON: /)
  assert.equal(problems('"nonsense"'), 'the file: must be an object')
  assert.equal(problems('[]'), 'the file: must be an object')
  assert.equal(problems('{"service_strategies":{}}'), 'service_strategies: must be a list')
  const services = [
    { type: 'probabilistic' },
    { service: 's', type: 'lowerbound', param: 1 },
    { service: 's', type: 'probabilistic', param: '1' },
    { service: 's', type: 'probabilistic', operation_strategies: [{ type: 'probabilistic', param: 2 }] },
  ]
  assert.deepEqual(problems(JSON.stringify({ service_strategies: services })).split('\n'), [
    'service_strategies[0].service: must be a text',
    'service_strategies[1].type: must be probabilistic or ratelimiting',
    'service_strategies[2].param: must be a number',
    'service_strategies[3].operation_strategies[0].operation: must be a text',
    'service_strategies[3].operation_strategies[0].param: a probability is at most 1',
  ])
})
