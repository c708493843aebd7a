import { fileURLToPath } from 'node:url'

/** The services of the shop. */
export const serviceNames = [
  'edge-proxy',
  'eshop',
  'inventory',
  'billing',
  'delivery',
  'kafka-consumer',
  'notification',
] as const
export type ServiceName = (typeof serviceNames)[number]

/** How services report their spans. The edge proxy reports Zipkin's in any case, as Envoy does. */
export type Report = 'otlp' | 'zipkin'

/** Arguments of `node` for a service. The edge proxy has no instrumentation: it makes its spans itself. */
export function argumentsOf(name: ServiceName, report: Report): readonly string[] {
  const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
  const imports =
    name === 'edge-proxy'
      ? []
      : [
          ...(report === 'zipkin' ? [file('./tracing/zipkin.ts')] : []),
          '@waybill/instrument/register',
          ...(name === 'billing' ? [file('./tracing/decorators.ts')] : []),
        ]
  return [
    // kafkajs 2.2 computes negative timeouts, which Node 24 warns of.
    '--disable-warning=TimeoutNegativeWarning',
    ...imports.flatMap(specifier => ['--import', specifier]),
    file(`./${name}/service.ts`),
  ]
}
