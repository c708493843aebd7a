/** Kinds of Zipkin's v2 model; a span without one is local. */
export const zipkinKinds = ['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'] as const
export type ZipkinKind = (typeof zipkinKinds)[number]

/** A node of the service graph; what is not known is absent. */
export interface ZipkinEndpoint {
  readonly serviceName?: string
  readonly ipv4?: string
  readonly ipv6?: string
  /** 1 to 65535. */
  readonly port?: number
}

export interface ZipkinAnnotation {
  /** Microseconds since 1970. */
  readonly timestamp: number
  readonly value: string
}

/**
 * A span of Zipkin's v2 model (zipkin-api, zipkin2-api.yaml, definition Span), as its JSON has it. What a span
 * has not is absent, and members stand in the order in which Zipkin's own server writes them.
 */
export interface ZipkinSpan {
  /** 16 or 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits, as `id`. */
  readonly parentId?: string
  readonly id: string
  readonly kind?: ZipkinKind
  readonly name?: string
  /** Microseconds since 1970. */
  readonly timestamp?: number
  /** Microseconds, 1 at least. */
  readonly duration?: number
  readonly localEndpoint?: ZipkinEndpoint
  readonly remoteEndpoint?: ZipkinEndpoint
  readonly annotations?: readonly ZipkinAnnotation[]
  readonly tags?: Readonly<Record<string, string>>
  readonly debug?: true
  /** The server's half of a span that the client began with the same id (B3). */
  readonly shared?: true
}
