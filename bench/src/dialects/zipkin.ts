import type { Dialect } from './dialect.ts'
import { otlpToZipkin } from './zipkin-spans.ts'

/** Zipkin's own protobuf in, Zipkin's API v2 out (zipkin-api, zipkin2-api.yaml). */
export const zipkinDialect: Dialect = {
  takes: 'Zipkin v2 protobuf, made from the OTLP before the clock starts',
  encode: otlpToZipkin,
  questions: (base, { startUnixMs, endUnixMs, traceId, tag }) => {
    const between = `endTs=${endUnixMs}&lookback=${endUnixMs - startUnixMs}&limit=20`
    const query = encodeURIComponent(`${tag.key}=${tag.value}`)
    return {
      services: `${base}/api/v2/services`,
      byService: `${base}/api/v2/traces?serviceName=billing&${between}`,
      byId: zipkinDialect.traceUrl(base, traceId),
      byTag: `${base}/api/v2/traces?serviceName=${tag.service}&annotationQuery=${query}&${between}`,
    }
  },
  traceUrl: (base, traceId) => `${base}/api/v2/trace/${traceId}`,
  spansIn: answer => (Array.isArray(answer) ? answer.length : 0),
}
