import { z } from 'zod'
import type { OperationSampling, PerOperationSampling, Strategies, Strategy } from './strategy.ts'
import { probabilistic } from './strategy.ts'

/** What is wrong with a file, one line a problem. */
export class StrategyFileError extends Error {
  override readonly name = 'StrategyFileError'
}

const largestInt32 = 2 ** 31 - 1

const probability = z.object({
  type: z.literal('probabilistic'),
  param: z
    .number('must be a number')
    .min(0, 'a probability is at least 0')
    .max(1, 'a probability is at most 1')
    .default(0),
})
const rateLimit = z.object({
  type: z.literal('ratelimiting'),
  param: z
    .number('must be a number')
    .min(0, 'a number of traces a second is at least 0')
    .max(largestInt32, `a number of traces a second is at most ${largestInt32}`)
    .default(0),
})
// Jaeger takes entries without a type as the default probability.
const untyped = z.object({ type: z.literal('').optional() })
const rule = z.discriminatedUnion('type', [probability, rateLimit, untyped], {
  error: 'must be probabilistic or ratelimiting',
})
type Rule = z.output<typeof rule>

const operationRules = z
  .array(z.object({ operation: z.string('must be a text') }).and(rule), 'must be a list')
  .nullish()
  .transform(rules => rules ?? [])
const defaultRule = z.object({ operation_strategies: operationRules }).and(rule)
const serviceRule = z.object({ service: z.string('must be a text') }).and(defaultRule)
const fileSchema = z.object(
  {
    default_strategy: defaultRule.nullish(),
    service_strategies: z
      .array(serviceRule, 'must be a list')
      .nullish()
      .transform(rules => rules ?? []),
  },
  'must be an object',
)

/**
 * Reads a file of strategies in Jaeger's format (Jaeger 2.20, sampling strategies file):
 *
 *   { "default_strategy":   { "type", "param", "operation_strategies": […] },
 *     "service_strategies": [ { "service", "type", "param",
 *                               "operation_strategies": [ { "operation", "type", "param" } ] } ] }
 *
 * `type` is `probabilistic` with a `param` from 0 to 1, or `ratelimiting` with traces a second, of which
 * clients take whole ones. Operations of the default are for every service, behind the service's own.
 *
 * @param text the file's content; `null` and `{}` say nothing.
 * @param probabilityOtherwise where the file says nothing, from 0 to 1.
 * @throws StrategyFileError that lists every problem, each with its place.
 */
export function readStrategies(
  text: string,
  probabilityOtherwise: number,
): { readonly strategies: Strategies; readonly warnings: readonly string[] } {
  const content = parseJson(text)
  const result = fileSchema.safeParse(content ?? {})
  if (!result.success)
    throw new StrategyFileError(
      result.error.issues.map(({ path, message }) => `${placeOf(path)}: ${message}`).join('\n'),
    )
  const { default_strategy: forAll, service_strategies: services } = result.data
  const warnings: string[] = []
  const otherwise = forAll
    ? readRule(forAll, probabilityOtherwise, 'default_strategy', warnings)
    : probabilistic(probabilityOtherwise)
  const byService = new Map<string, Strategy>()
  for (const [i, service] of services.entries()) {
    const place = `service_strategies[${i}]`
    if (byService.has(service.service))
      warnings.push(`${place}: ${service.service} stands there again, and this one counts`)
    const own = readRule(service, probabilityOtherwise, place, warnings)
    byService.set(service.service, withDefaults(own, otherwise.operationSampling))
  }
  return { strategies: { byService, otherwise }, warnings }
}

type RuleWithOperations = z.output<typeof defaultRule>

function readRule(
  rule: RuleWithOperations,
  probabilityOtherwise: number,
  place: string,
  warnings: string[],
): Strategy {
  if (!rule.type) warnings.push(`${place} has no type; it is probabilistic with ${probabilityOtherwise}`)
  const strategy = strategyFrom(rule, probabilityOtherwise)
  if (rule.operation_strategies.length === 0) return strategy
  const defaultSamplingProbability =
    'probabilisticSampling' in strategy ? strategy.probabilisticSampling.samplingRate : probabilityOtherwise
  const perOperationStrategies = rule.operation_strategies.flatMap(
    ({ operation, ...own }, i): readonly OperationSampling[] => {
      const read = strategyFrom(own, probabilityOtherwise)
      if ('probabilisticSampling' in read)
        return [{ operation, probabilisticSampling: read.probabilisticSampling }]
      warnings.push(
        `${place}.operation_strategies[${i}]: clients limit no rate for one operation; ${operation} is probabilistic with ${defaultSamplingProbability}`,
      )
      return []
    },
  )
  return { ...strategy, operationSampling: perOperation(defaultSamplingProbability, perOperationStrategies) }
}

function strategyFrom(rule: Rule, probabilityOtherwise: number): Strategy {
  if (rule.type === 'probabilistic') return probabilistic(rule.param)
  if (rule.type !== 'ratelimiting') return probabilistic(probabilityOtherwise)
  return {
    strategyType: 'RATE_LIMITING',
    rateLimitingSampling: { maxTracesPerSecond: Math.trunc(rule.param) },
  }
}

function perOperation(
  defaultSamplingProbability: number,
  perOperationStrategies: readonly OperationSampling[],
): PerOperationSampling {
  return {
    defaultSamplingProbability,
    defaultLowerBoundTracesPerSecond: 0,
    perOperationStrategies,
    defaultUpperBoundTracesPerSecond: 0,
  }
}

/** A service's strategy with the default's operations behind its own. */
function withDefaults(own: Strategy, defaults: PerOperationSampling | undefined): Strategy {
  if (defaults === undefined) return own
  const mine = own.operationSampling?.perOperationStrategies ?? []
  const names = new Set(mine.map(({ operation }) => operation))
  const theirs = defaults.perOperationStrategies.filter(({ operation }) => !names.has(operation))
  const probability =
    own.operationSampling?.defaultSamplingProbability ??
    ('probabilisticSampling' in own
      ? own.probabilisticSampling.samplingRate
      : defaults.defaultSamplingProbability)
  return { ...own, operationSampling: perOperation(probability, [...mine, ...theirs]) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StrategyFileError(`no JSON: ${(cause as Error).message}`, { cause })
  }
}

/** `service_strategies[0].param` */
function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file'
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('')
}
