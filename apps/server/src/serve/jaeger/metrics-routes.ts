import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { quantileOf } from '../../query/counts/duration-quantiles.ts'
import type { ServiceMetrics, ServicePoint } from '../../query/counts/service-metrics.ts'
import { queryOf, wantsPretty } from './envelope.ts'
import type { JaegerOptions } from './jaeger-options.ts'
import { readMetrics, readQuantile } from './metrics-request.ts'
import { unnamedService } from './trace-model.ts'

/** `MetricFamily` as proto3 JSON (jaeger-idl, api_v2/metrics/openmetrics.proto). */
export interface MetricFamily {
  readonly name: string
  readonly type: 'GAUGE'
  readonly help: string
  readonly metrics: readonly {
    readonly labels: readonly { readonly name: string; readonly value: string }[]
    readonly metricPoints: readonly {
      readonly gaugeValue: { readonly doubleValue: number }
      readonly timestamp: string
    }[]
  }[]
}

interface Gauge {
  readonly name: string
  readonly help: string
  /** undefined where there is nothing to measure: the point is left out. */
  readonly measure: (point: ServicePoint, windowSeconds: number) => number | undefined
}

const calls: Gauge = {
  name: 'service_call_rate',
  help: 'calls/sec, grouped by service',
  measure: (point, windowSeconds) => point.calls / windowSeconds,
}
const errors: Gauge = {
  name: 'service_error_rate',
  help: 'error rate, computed as a fraction of errors/sec over calls/sec, grouped by service',
  measure: point => (point.calls === 0 ? undefined : point.errors / point.calls),
}
/** In milliseconds. */
const latencies = (quantile: number): Gauge => ({
  name: 'service_latencies',
  help: `${quantile.toFixed(2)}th quantile latency, grouped by service`,
  measure: ({ durations }) => {
    const nano = quantileOf(durations, quantile)
    return nano === undefined ? undefined : nano / 1e6
  },
})

/**
 * `/api/metrics/latencies`, `calls` and `errors`: what Jaeger's Monitor tab draws. Jaeger asks a Prometheus for
 * it, which a span-metrics connector has to fill; here it comes from what is counted as spans are stored.
 * Answers are a bare MetricFamily; errors are in the envelope.
 */
export function metricsRoutes(app: FastifyInstance, { queries, now }: JaegerOptions): void {
  const answer = (path: string, gaugeOf: (parameters: URLSearchParams) => Gauge) =>
    app.get(path, async (request, reply) => {
      const parameters = queryOf(request)
      const gauge = gaugeOf(parameters)
      const asked = readMetrics(parameters, now())
      const found = await queries.serviceMetrics(asked)
      return sendFamily(request, reply, familyOf(gauge, found, asked.byOperation))
    })
  answer('/api/metrics/calls', () => calls)
  answer('/api/metrics/errors', () => errors)
  answer('/api/metrics/latencies', parameters => latencies(readQuantile(parameters)))
}

function familyOf(
  { name, help, measure }: Gauge,
  { series, windowSeconds }: ServiceMetrics,
  byOperation: boolean,
): MetricFamily {
  return {
    name: byOperation ? name.replace('service', 'service_operation') : name,
    type: 'GAUGE',
    help: byOperation ? `${help} & operation` : help,
    metrics: series.map(({ service, operation, points }) => ({
      labels: [
        ...(operation === undefined ? [] : [{ name: 'operation', value: operation || '(other operations)' }]),
        { name: 'service_name', value: service || unnamedService },
      ],
      metricPoints: points.flatMap(point => {
        const doubleValue = measure(point, windowSeconds)
        if (doubleValue === undefined) return []
        return [{ gaugeValue: { doubleValue }, timestamp: timestampOf(point.unixMs) }]
      }),
    })),
  }
}

/** A Timestamp in proto3 JSON has no fraction where there is none. */
function timestampOf(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('.000Z', 'Z')
}

function sendFamily(request: FastifyRequest, reply: FastifyReply, family: MetricFamily): FastifyReply {
  const text = wantsPretty(request) ? JSON.stringify(family, undefined, 4) : JSON.stringify(family)
  return reply.type('application/json').send(text)
}
