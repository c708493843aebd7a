/** What is asked of every server of a bench; the range holds everything that was sent. */
export interface Asked {
  readonly startUnixMs: number
  readonly endUnixMs: number
  readonly traceId: string
  readonly tag: { readonly service: string; readonly key: string; readonly value: string }
}

/** URLs of the few questions that every server answers. */
export interface Questions {
  readonly services: string
  /** The newest twenty traces of a service. */
  readonly byService: string
  readonly byId: string
  readonly byTag: string
}

/** How a server takes spans and is asked for them. */
export interface Dialect {
  /** For the output: the form in which spans are sent. */
  readonly takes: string
  /** @param body OTLP protobuf. @returns the same spans in the form that the server takes. */
  encode(body: Buffer): Buffer
  questions(base: string, asked: Asked): Questions
  traceUrl(base: string, traceId: string): string
  /** How many spans an answer to `traceUrl` holds. */
  spansIn(answer: unknown): number
}
