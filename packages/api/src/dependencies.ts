/** Which calls are counted; times as in SearchParameters. */
export interface DependenciesParameters {
  readonly start?: string
  readonly end?: string
  readonly last?: string
  /**
   * `services`, the default: who calls whom, and who consumes whose messages. `peers`: also what sends no spans, such
   * as databases, with the broker of a message between its producer and its consumers.
   */
  readonly between?: string
}

/** One service calls another, or sends it messages. */
export interface DependencyLink {
  /** The caller, or the producer. */
  readonly parent: string
  /** What was called, or the consumer. */
  readonly child: string
  readonly callCount: number
  /** How many of the calls failed. */
  readonly errorCount: number
  /** How many of the calls are messages; absent where none is, and between peers. */
  readonly messageCount?: number
}

export interface DependenciesResponse {
  /** Those with the most calls first. */
  readonly links: readonly DependencyLink[]
  /** Some traces were counted, and stand for all. */
  readonly sampled?: true
}
