/**
 * Where the parts of a Zipkin span stand among the attributes of an OTLP span, where OTLP has no field for
 * them: names of the semantic conventions 1.44 where there are such; those of absent times are the OpenTelemetry
 * Collector's.
 */
export const zipkinAttributes = {
  localAddress: 'network.local.address',
  localPort: 'network.local.port',
  remoteService: 'service.peer.name',
  remoteAddress: 'network.peer.address',
  remotePort: 'network.peer.port',
  /** Of an endpoint that has an IPv4 address, too. */
  localIpv6: 'zipkin.local.ipv6',
  remoteIpv6: 'zipkin.remote.ipv6',
  debug: 'zipkin.debug',
  shared: 'zipkin.shared',
  noTimestamp: 'otel.zipkin.absentField.startTime',
  noDuration: 'otel.zipkin.absentField.duration',
} as const

/** Tags that stand for fields of OTLP (OpenTelemetry specification, "Mapping to non-OTLP formats", "Zipkin"). */
export const zipkinTags = {
  error: 'error',
  statusCode: 'otel.status_code',
  statusDescription: 'otel.status_description',
  scopeName: 'otel.scope.name',
  scopeVersion: 'otel.scope.version',
  traceState: 'w3c.tracestate',
  /** Followed by the number of the link: the OpenTelemetry Collector's. */
  link: 'otlp.link.',
} as const
