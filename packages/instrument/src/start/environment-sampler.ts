import type { Read } from './environment-values.ts'
import { isHttpUrl } from './environment-values.ts'
import type { SamplerChoice } from './sampler.ts'

const parentPrefix = 'parentbased_'
const shares = new Set(['traceidratio', 'consistent_probability'])
const defaultStrategies = 'http://localhost:5778/sampling'

/**
 * OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG (OpenTelemetry specification, "Environment Variables"): a share
 * for `traceidratio` and `consistent_probability`; for `jaeger_remote` the list
 * `endpoint=http://host:5778/sampling,pollingIntervalMs=60000,initialSamplingRate=0.001`.
 */
export function readSampler(read: Read): SamplerChoice {
  const name = read.text('OTEL_TRACES_SAMPLER')?.toLowerCase() ?? 'parentbased_always_on'
  const isParentBased = name.startsWith(parentPrefix)
  const kind = isParentBased ? name.slice(parentPrefix.length) : name
  if (kind === 'always_on' || kind === 'always_off') return { kind, isParentBased }
  if (kind === 'jaeger_remote') return { kind, isParentBased, ...remoteArguments(read) }
  if (shares.has(kind)) return { kind: kind as 'traceidratio', isParentBased, share: readShare(read) }
  read.problem(`OTEL_TRACES_SAMPLER=${name} is not known; every trace is kept`)
  return { kind: 'always_on', isParentBased: true }
}

function readShare(read: Read): number {
  const text = read.text('OTEL_TRACES_SAMPLER_ARG')
  if (text === undefined) return 1
  const share = Number(text)
  if (share >= 0 && share <= 1) return share
  read.problem(`OTEL_TRACES_SAMPLER_ARG=${text} is no share from 0 to 1; every trace is kept`)
  return 1
}

function remoteArguments(read: Read) {
  const given = new Map(
    (read.text('OTEL_TRACES_SAMPLER_ARG') ?? '').split(',').map(pair => {
      const at = pair.indexOf('=')
      return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()] as const
    }),
  )
  const number = (key: string, otherwise: number, most: number): number => {
    const text = given.get(key)
    if (text === undefined) return otherwise
    const value = Number(text)
    if (text !== '' && value >= 0 && value <= most) return value
    read.problem(
      `OTEL_TRACES_SAMPLER_ARG: ${key}=${text} is no number from 0 to ${most}; ${otherwise} is used`,
    )
    return otherwise
  }
  const endpoint = given.get('endpoint') ?? defaultStrategies
  const isUrl = isHttpUrl(endpoint)
  if (!isUrl)
    read.problem(`OTEL_TRACES_SAMPLER_ARG: ${endpoint} is no http address; ${defaultStrategies} is asked`)
  return {
    url: isUrl ? endpoint : defaultStrategies,
    pollMs: Math.max(1, number('pollingIntervalMs', 60_000, 2 ** 31 - 1)),
    initialShare: number('initialSamplingRate', 0.001, 1),
  }
}
