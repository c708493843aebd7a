/** What the environment says, in the names that OpenTelemetry's SDKs share, with their defaults. */
export interface Environment {
  /** OTEL_SDK_DISABLED */
  readonly disabled: boolean
  /** WAYBILL_INSTRUMENT_CONFIG: path of a module or a JSON file. */
  readonly configPath: string | undefined
  /** OTEL_TRACES_EXPORTER: whether spans leave the process. */
  readonly exports: boolean
  /** OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces. */
  readonly url: string
  /** OTEL_EXPORTER_OTLP_HEADERS and OTEL_EXPORTER_OTLP_TRACES_HEADERS. */
  readonly headers: Readonly<Record<string, string>>
  /** OTEL_BSP_SCHEDULE_DELAY; 1 s where it is not set, so that a trace is seen soon. */
  readonly exportDelayMs: number
  /** OTEL_BSP_MAX_QUEUE_SIZE */
  readonly maxQueuedSpans: number
  /** OTEL_BSP_MAX_EXPORT_BATCH_SIZE */
  readonly maxBatchSpans: number
  /** What was set and cannot be honoured, as sentences. */
  readonly problems: readonly string[]
}

type Variables = Readonly<Record<string, string | undefined>>

/** Reads the variables; the only place of the zero-code start that does. OTEL_SERVICE_NAME,
 * OTEL_RESOURCE_ATTRIBUTES, the samplers and the span limits are read by OpenTelemetry's SDK itself. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const problems: string[] = []
  const exporter = text(variables, 'OTEL_TRACES_EXPORTER') ?? 'otlp'
  if (exporter !== 'otlp' && exporter !== 'none')
    problems.push(`OTEL_TRACES_EXPORTER=${exporter} is not known; spans are exported by OTLP`)
  const protocol =
    text(variables, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? text(variables, 'OTEL_EXPORTER_OTLP_PROTOCOL')
  if (protocol !== undefined && protocol !== 'http/protobuf')
    problems.push(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not known; spans are sent as http/protobuf`)
  const propagators = text(variables, 'OTEL_PROPAGATORS')
  if (propagators?.split(',').some(name => !knownPropagators.has(name.trim())))
    problems.push(
      `OTEL_PROPAGATORS=${propagators}: only tracecontext and baggage are known, and both are used`,
    )
  const number = (name: string, otherwise: number): number => {
    const value = text(variables, name)
    if (value === undefined) return otherwise
    const parsed = Number(value)
    if (Number.isFinite(parsed) && parsed > 0) return parsed
    problems.push(`${name}=${value} is no positive number; ${otherwise} is used`)
    return otherwise
  }
  const maxQueuedSpans = number('OTEL_BSP_MAX_QUEUE_SIZE', 2048)
  return {
    disabled: text(variables, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    configPath: text(variables, 'WAYBILL_INSTRUMENT_CONFIG'),
    exports: exporter !== 'none',
    url: endpoint(variables, problems),
    headers: {
      ...headerList(text(variables, 'OTEL_EXPORTER_OTLP_HEADERS')),
      ...headerList(text(variables, 'OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
    },
    exportDelayMs: number('OTEL_BSP_SCHEDULE_DELAY', 1000),
    maxQueuedSpans,
    maxBatchSpans: Math.min(maxQueuedSpans, number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
    problems,
  }
}

const knownPropagators = new Set(['tracecontext', 'baggage', ''])
const defaultEndpoint = 'http://localhost:4318'

/** OTLP specification, "Endpoint URLs for OTLP/HTTP": the traces' own is used as it is, the general one is a base. */
function endpoint(variables: Variables, problems: string[]): string {
  const own = text(variables, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const base = text(variables, 'OTEL_EXPORTER_OTLP_ENDPOINT') ?? defaultEndpoint
  const url = own ?? `${base.replace(/\/$/, '')}/v1/traces`
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return url
  problems.push(`${url} is no http or https address; spans go to ${defaultEndpoint}`)
  return `${defaultEndpoint}/v1/traces`
}

function headerList(list: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const pair of list?.split(',') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0) headers[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim())
  }
  return headers
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** OpenTelemetry: an empty variable is one that is not set. */
function text(variables: Variables, name: string): string | undefined {
  const value = variables[name]?.trim()
  return value === '' ? undefined : value
}
