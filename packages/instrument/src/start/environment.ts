import type { Attributes } from '@opentelemetry/api'
import type { SpanLimits } from '@waybill/tracer'
import type { HeaderFormat } from '../formats.ts'
import { readSampler } from './environment-sampler.ts'
import type { Read, Variables } from './environment-values.ts'
import { isHttpUrl, reader, readPairs } from './environment-values.ts'
import type { SamplerChoice } from './sampler.ts'

/** How spans leave the process. */
export interface Exporting {
  /** OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_EXPORTER_OTLP_ENDPOINT with /v1/traces. */
  readonly url: string
  /** OTEL_EXPORTER_OTLP_HEADERS and OTEL_EXPORTER_OTLP_TRACES_HEADERS. */
  readonly headers: Readonly<Record<string, string>>
  /** OTEL_EXPORTER_OTLP_TRACES_COMPRESSION or OTEL_EXPORTER_OTLP_COMPRESSION */
  readonly compression: 'none' | 'gzip'
  /** OTEL_EXPORTER_OTLP_TRACES_TIMEOUT or OTEL_EXPORTER_OTLP_TIMEOUT */
  readonly timeoutMs: number
  /** OTEL_BSP_SCHEDULE_DELAY; 1 s where it is not set, so that a trace is seen soon. */
  readonly delayMs: number
  /** OTEL_BSP_MAX_QUEUE_SIZE */
  readonly maxQueuedSpans: number
  /** OTEL_BSP_MAX_EXPORT_BATCH_SIZE */
  readonly maxBatchSpans: number
}

/** What the environment says, in the names that OpenTelemetry's SDKs share, with their defaults. */
export interface Environment {
  /** OTEL_SDK_DISABLED */
  readonly disabled: boolean
  /** WAYBILL_INSTRUMENT_CONFIG: path of a module or a JSON file. */
  readonly configPath: string | undefined
  /** OTEL_TRACES_EXPORTER: whether spans leave the process. */
  readonly exports: boolean
  readonly exporting: Exporting
  /** OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME. */
  readonly resource: Attributes
  /** OTEL_TRACES_SAMPLER */
  readonly sampler: SamplerChoice
  /** OTEL_PROPAGATORS */
  readonly formats: readonly HeaderFormat[]
  /** OTEL_SPAN_…_LIMIT, OTEL_ATTRIBUTE_…_LIMIT, OTEL_EVENT_…_LIMIT, OTEL_LINK_…_LIMIT */
  readonly limits: Partial<SpanLimits>
  /** OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: instead of those that the conventions list. */
  readonly knownMethods: readonly string[] | undefined
  /** What was set and cannot be honoured, as sentences. */
  readonly problems: readonly string[]
}

/** Reads the variables; the only place of the zero-code start that does. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const problems: string[] = []
  const read = reader(variables, problems)
  const exporter = read.text('OTEL_TRACES_EXPORTER') ?? 'otlp'
  if (exporter !== 'otlp' && exporter !== 'none')
    read.problem(`OTEL_TRACES_EXPORTER=${exporter} is not known; spans are exported by OTLP`)
  const protocol = forTraces(read, 'PROTOCOL')
  if (protocol !== undefined && protocol !== 'http/protobuf')
    read.problem(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not known; spans are sent as http/protobuf`)
  const service = read.text('OTEL_SERVICE_NAME')
  return {
    disabled: read.text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    configPath: read.text('WAYBILL_INSTRUMENT_CONFIG'),
    exports: exporter !== 'none',
    exporting: readExporting(read),
    resource: {
      ...readPairs(read.text('OTEL_RESOURCE_ATTRIBUTES')),
      ...(service === undefined ? {} : { 'service.name': service }),
    },
    sampler: readSampler(read),
    formats: readFormats(read),
    limits: readLimits(read),
    knownMethods: readKnownMethods(read),
    problems,
  }
}

function readExporting(read: Read): Exporting {
  const compression = forTraces(read, 'COMPRESSION') ?? 'none'
  if (compression !== 'none' && compression !== 'gzip')
    read.problem(`OTEL_EXPORTER_OTLP_COMPRESSION=${compression} is not known; spans are sent as they are`)
  const maxQueuedSpans = read.number('OTEL_BSP_MAX_QUEUE_SIZE', 2048)
  return {
    url: endpoint(read),
    headers: {
      ...readPairs(read.text('OTEL_EXPORTER_OTLP_HEADERS')),
      ...readPairs(read.text('OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
    },
    compression: compression === 'gzip' ? 'gzip' : 'none',
    timeoutMs: read.number(
      'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT',
      read.number('OTEL_EXPORTER_OTLP_TIMEOUT', 10_000),
    ),
    delayMs: read.number('OTEL_BSP_SCHEDULE_DELAY', 1000),
    maxQueuedSpans,
    maxBatchSpans: Math.min(maxQueuedSpans, read.number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512)),
  }
}

/** A variable of the OTLP exporter: the one for traces, or the one for all signals. */
function forTraces(read: Read, name: string): string | undefined {
  return read.text(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? read.text(`OTEL_EXPORTER_OTLP_${name}`)
}

const formatNames: Readonly<Record<string, HeaderFormat>> = {
  tracecontext: 'w3c',
  b3: 'b3',
  b3multi: 'b3multi',
  jaeger: 'jaeger',
}

/** Baggage travels in any case. `none` is what nobody means who wants to see where a message went. */
function readFormats(read: Read): readonly HeaderFormat[] {
  const names = (read.text('OTEL_PROPAGATORS') ?? 'tracecontext,baggage').split(',').map(name => name.trim())
  const formats: HeaderFormat[] = []
  for (const name of names) {
    const format = formatNames[name]
    if (format !== undefined) formats.push(format)
    else if (name !== 'baggage' && name !== '')
      read.problem(
        `OTEL_PROPAGATORS: ${name} is not known; there are tracecontext, baggage, b3, b3multi, jaeger`,
      )
  }
  return formats.length === 0 ? ['w3c'] : formats
}

/** Their case is theirs: the conventions compare methods as they are. */
function readKnownMethods(read: Read): readonly string[] | undefined {
  const list = read.text('OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS')
  return list
    ?.split(',')
    .map(method => method.trim())
    .filter(method => method !== '')
}

/** OpenTelemetry specification, "Span Limits": a span's own limit goes before the general one. */
function readLimits(read: Read): Partial<SpanLimits> {
  const counts = [
    ['attributes', 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
    ['attributeValueLength', 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
    ['events', 'OTEL_SPAN_EVENT_COUNT_LIMIT'],
    ['links', 'OTEL_SPAN_LINK_COUNT_LIMIT'],
    ['attributesPerEvent', 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'],
    ['attributesPerLink', 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'],
  ] as const
  const limits: Record<string, number> = {}
  for (const [limit, ...names] of counts) {
    const name = names.find(given => read.text(given) !== undefined)
    if (name === undefined) continue
    limits[limit] = read.count(name, limit === 'attributeValueLength' ? Number.MAX_SAFE_INTEGER : 128)
  }
  return limits
}

const defaultEndpoint = 'http://localhost:4318'

/** OTLP specification, "Endpoint URLs for OTLP/HTTP": the traces' own is used as it is, the general one is a base. */
function endpoint(read: Read): string {
  const own = read.text('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const base = read.text('OTEL_EXPORTER_OTLP_ENDPOINT') ?? defaultEndpoint
  const url = own ?? `${base.replace(/\/$/, '')}/v1/traces`
  if (isHttpUrl(url)) return url
  read.problem(`${url} is no http or https address; spans go to ${defaultEndpoint}`)
  return `${defaultEndpoint}/v1/traces`
}
