import type { Dialect } from './dialect.ts'

/** OTLP in, Jaeger's JSON API out: what Waybill, Jaeger and VictoriaTraces all have. */
export const jaegerDialect: Dialect = {
  takes: 'OTLP/HTTP protobuf',
  encode: body => body,
  questions: (base, { startUnixMs, endUnixMs, traceId, tag }) => {
    const between = `start=${startUnixMs * 1000}&end=${endUnixMs * 1000}&limit=20`
    const tags = encodeURIComponent(JSON.stringify({ [tag.key]: tag.value }))
    return {
      services: `${base}/api/services`,
      byService: `${base}/api/traces?service=billing&${between}`,
      byId: jaegerDialect.traceUrl(base, traceId),
      byTag: `${base}/api/traces?service=${tag.service}&tags=${tags}&${between}`,
    }
  },
  traceUrl: (base, traceId) => `${base}/api/traces/${traceId}`,
  spansIn: answer =>
    (answer as { readonly data?: readonly { readonly spans: readonly unknown[] }[] | null }).data?.[0]?.spans
      .length ?? 0,
}
