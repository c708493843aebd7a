import type { Counter } from 'prom-client'
import { collectDefaultMetrics, Gauge, Histogram, Counter as PromCounter, Registry } from 'prom-client'

/*
 * Every counter of the server. A request ends in one `outcome`; a span that arrives ends in one of accepted
 * and rejected; an accepted one later in one of stored and quarantined, or is among those that wait.
 */
const counters = {
  requests: ['waybill_requests_total', 'Requests by receiver and outcome', ['receiver', 'outcome']],
  bytes: ['waybill_received_bytes_total', 'Bytes of request bodies, decompressed', ['receiver']],
  accepted: ['waybill_spans_accepted_total', 'Spans acknowledged to their sender', ['receiver']],
  rejected: [
    'waybill_spans_rejected_total',
    'Spans refused, as far as they could be told apart, by reason',
    ['receiver', 'reason'],
  ],
  lost: [
    'waybill_datagrams_lost_total',
    'Datagrams that the system dropped because the buffer of their socket was full',
    ['receiver'],
  ],
  stored: ['waybill_spans_stored_total', 'Spans loaded into the store', []],
  quarantined: ['waybill_spans_quarantined_total', 'Spans that the store refused, now in quarantine', []],
  retries: ['waybill_load_retries_total', 'Loads that failed and were tried again', []],
  tornBytes: ['waybill_spool_torn_bytes_total', 'Bytes cut off segments that a crash left unfinished', []],
  droppedSpans: [
    'waybill_retention_dropped_spans_total',
    'Stored spans dropped, by reason: age or disk',
    ['reason'],
  ],
  droppedBytes: ['waybill_retention_dropped_bytes_total', 'Bytes on the disk dropped, by reason', ['reason']],
  retentionFailures: [
    'waybill_retention_failures_total',
    'Drops and copies of pinned traces that failed and are tried again',
    [],
  ],
  writeErrors: ['waybill_spool_write_errors_total', 'Appends that the disk refused', []],
} as const satisfies Record<string, readonly [string, string, readonly string[]]>

/** What one receiver counts. */
export interface ReceiverCounter {
  /** @param outcome `accepted`, `partial`, `aborted`, or an error's code in lower case. */
  request(outcome: string): void
  bytes(bytes: number): void
  accepted(spans: number): void
  rejected(spans: number, reason: string): void
  lost(datagrams: number): void
}

export interface SpoolGauges {
  readonly bytes: number
  readonly segments: number
}

export interface Metrics {
  readonly registry: Registry
  receiver(name: string): ReceiverCounter
  readonly spool: {
    stored(spans: number, loadMs: number): void
    quarantined(spans: number): void
    retried(): void
    torn(bytes: number): void
    unwritable(): void
  }
  readonly retention: {
    /** Bytes on the disk that the store has. */
    measured(bytes: number): void
    dropped(reason: 'age' | 'disk', spans: number, bytes: number): void
    failed(): void
  }
  /** Has the spool looked at whenever the metrics are read. */
  watchSpool(spool: SpoolGauges): void
}

/** The counters of one server, with those of its process: CPU, memory, lag of the event loop. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 })
  const made = new Map<string, Counter>(
    Object.entries(counters).map(([key, [name, help, labelNames]]) => [
      key,
      new PromCounter({ name, help, labelNames: [...labelNames], registers: [registry] }),
    ]),
  )
  const counter = (key: keyof typeof counters): Counter => made.get(key) as Counter
  const loadSeconds = new Histogram({
    name: 'waybill_load_seconds',
    help: 'Time the store took for a segment',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  const storeBytes = new Gauge({
    name: 'waybill_store_bytes',
    help: 'Bytes on the disk that the store had at the last look, once a minute',
    registers: [registry],
  })
  return {
    registry,
    receiver: receiver => ({
      request: outcome => counter('requests').inc({ receiver, outcome }),
      bytes: bytes => counter('bytes').inc({ receiver }, bytes),
      accepted: spans => counter('accepted').inc({ receiver }, spans),
      rejected: (spans, reason) => counter('rejected').inc({ receiver, reason }, spans),
      lost: datagrams => counter('lost').inc({ receiver }, datagrams),
    }),
    spool: {
      stored: (spans, loadMs) => {
        counter('stored').inc(spans)
        loadSeconds.observe(loadMs / 1000)
      },
      quarantined: spans => counter('quarantined').inc(spans),
      retried: () => counter('retries').inc(),
      torn: bytes => counter('tornBytes').inc(bytes),
      unwritable: () => counter('writeErrors').inc(),
    },
    retention: {
      measured: bytes => storeBytes.set(bytes),
      dropped: (reason, spans, bytes) => {
        counter('droppedSpans').inc({ reason }, spans)
        counter('droppedBytes').inc({ reason }, bytes)
      },
      failed: () => counter('retentionFailures').inc(),
    },
    watchSpool: spool => {
      const gauge = (name: string, help: string, read: () => number): void => {
        new Gauge({
          name,
          help,
          registers: [registry],
          collect() {
            this.set(read())
          },
        })
      }
      gauge('waybill_spool_bytes', 'Bytes that wait for the store', () => spool.bytes)
      gauge('waybill_spool_segments', 'Segments that wait for the store', () => spool.segments)
    },
  }
}
