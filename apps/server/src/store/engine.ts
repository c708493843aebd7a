/** One file of spans that the spool has closed: OTLP request bodies one after the other, itself one message. */
export interface Segment {
  readonly path: string
  /** Names the segment for ever: a second load under the same token changes nothing. */
  readonly token: string
  readonly bytes: number
  readonly spans: number
}

/** Values for the `{name:Type}` placeholders of a statement. */
export type Parameters = Readonly<Record<string, unknown>>

/**
 * What Waybill asks of its store: run a query, stream a result, load a segment. `chdb.ts` is the embedded
 * one; a second one passes the same suite, engine-contract.ts.
 */
export interface Engine {
  /**
   * Runs one statement of ClickHouse SQL and collects its rows, each an object by column name. 64-bit
   * integers come as decimal texts, since a JavaScript number holds only 53 bits.
   *
   * @throws WaybillError QUERY_TOO_LARGE where the statement passes its share of memory or time.
   * @throws TypeError for a placeholder that has no value.
   */
  query<Row>(sql: string, parameters?: Parameters): Promise<readonly Row[]>

  /** As `query`, for results too large to hold. Leaving the loop early ends the statement. */
  stream<Row>(sql: string, parameters?: Parameters): AsyncIterable<Row>

  /**
   * Writes a segment into every table. Loading the same token again leaves one copy of it.
   *
   * @throws StoreRefusedError where the engine will never take these bytes; any other error is worth a retry.
   */
  load(segment: Segment): Promise<void>

  /** Waits for what is running, then lets go of the data folder. */
  close(): Promise<void>
}

/** The part of an engine that questions need. */
export type Reader = Pick<Engine, 'query' | 'stream'>

/** The engine will never take this segment, whole or however often tried: its data is at fault. */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError'
  /** The engine's own number for what is wrong. */
  readonly engineCode: number | undefined

  constructor(message: string, options: { readonly engineCode?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.engineCode = options.engineCode
  }
}
