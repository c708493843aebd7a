import type { JaegerOptions } from '../jaeger/jaeger-options.ts'

/** What the gRPC API is made of: as Jaeger's HTTP API, but for the clock, since its searches name their times. */
export type GrpcQueryOptions = Omit<JaegerOptions, 'now'>
