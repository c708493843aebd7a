const base = '/api/waybill/v1'

/** Paths of the native API, below the server's base path. Every one is a GET but `pin`. */
export const apiPaths = {
  /** What every path begins with. */
  root: base,
  status: `${base}/status`,
  services: `${base}/services`,
  /** `service` in the query string. */
  operations: `${base}/operations`,
  /** {@link SearchParameters} in the query string. */
  traces: `${base}/traces`,
  spans: `${base}/spans`,
  messages: `${base}/messages`,
  histogram: `${base}/histogram`,
  facets: `${base}/facets`,
  /** `q` and `at`, the cursor's offset in it. */
  complete: `${base}/complete`,
  /** {@link RedParameters} in the query string. */
  red: `${base}/red`,
  /** {@link FlowParameters} in the query string. */
  flow: `${base}/flow`,
  /** {@link WaitsParameters} in the query string. */
  waits: `${base}/waits`,
  /** {@link DependenciesParameters} in the query string. */
  dependencies: `${base}/dependencies`,
  trace: (traceId: string): string => `${base}/traces/${encodeURIComponent(traceId)}`,
  /** POST pins the trace, DELETE lets it go. */
  pin: (traceId: string): string => `${base}/traces/${encodeURIComponent(traceId)}/pin`,
  pins: `${base}/pins`,
  /** What the two paths of one message begin with. */
  journeys: `${base}/journey`,
  journey: (system: string, destination: string, partition: string, offset: string): string =>
    `${base}/journey/${[system, destination, partition, offset].map(encodeURIComponent).join('/')}`,
  messageJourney: (messageId: string): string => `${base}/journey/message/${encodeURIComponent(messageId)}`,
} as const
