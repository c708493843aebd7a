import type { KafkaBroker, RabbitmqBroker } from '@waybill/brokers'

/** The brokers that run; undefined for what nobody asked for. */
export interface Brokers {
  readonly kafka: KafkaBroker | undefined
  readonly rabbitmq: RabbitmqBroker | undefined
}

/**
 * What an example is told by its environment: its brokers, Waybill, and where spans go in every format, under the
 * names that OpenTelemetry's SDKs read (specification, "OpenTelemetry Environment Variable Specification").
 *
 * @param addresses as {@link addressesIn} reads them; a receiver that is switched off is left out.
 */
export function exampleEnvironment(
  { kafka, rabbitmq }: Brokers,
  addresses: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  const at = (name: string, path = ''): string | undefined => {
    const address = addresses.get(name)
    return address && `${address.replace(/\/$/, '')}${path}`
  }
  const agent = at('jaeger-compact')
  const [agentHost, agentPort] = agent === undefined ? [] : hostAndPort(agent)
  const variables: Readonly<Record<string, string | undefined>> = {
    KAFKA_BROKERS: kafka?.brokers.join(','),
    AMQP_URL: rabbitmq?.url,
    WAYBILL_URL: at('ready'),
    OTEL_EXPORTER_OTLP_ENDPOINT: at('otlp-http'),
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: at('zipkin', '/api/v2/spans'),
    OTEL_EXPORTER_JAEGER_ENDPOINT: at('jaeger-http', '/api/traces'),
    OTEL_EXPORTER_JAEGER_AGENT_HOST: agentHost,
    OTEL_EXPORTER_JAEGER_AGENT_PORT: agentPort,
  }
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Of `udp://host:port` or `host:port`. */
function hostAndPort(address: string): readonly string[] {
  const { hostname, port } = new URL(address.includes('://') ? address : `udp://${address}`)
  return [hostname, port]
}
