import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Metrics, ReceiverCounter } from '../metrics.ts'
import { createMetrics } from '../metrics.ts'
import { CollectingObserver, CollectingStore } from '../spool/collecting-store.ts'
import { sampleRequest } from '../spool/sample-request.ts'
import type { Spool } from '../spool/spool.ts'
import { openSpool } from '../spool/spool.ts'
import type { Accept } from './accept.ts'
import { createAccept } from './accept.ts'
import { ExaminingThread } from './examining-thread.ts'

/*
 * For the tests of receivers: all that lies behind one, real but for the store, which remembers names.
 */
export interface CollectingDoor {
  readonly accept: Accept
  readonly counter: ReceiverCounter
  readonly store: CollectingStore
  readonly spool: Spool
  /** Examines large bodies. */
  readonly thread: ExaminingThread
  /** Names of the spans stored so far, after waiting for all that was acknowledged. */
  names(): Promise<readonly string[]>
  /** The counters of the receiver that are not zero, such as `requests accepted: 1`. */
  counts(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

export interface DoorOptions {
  readonly maxSpanBytes?: number
  /** Of the spool. */
  readonly maxBytes?: number
  /** Instead: so much of the spool is free, and for as long as nobody asks for names: something large has the rest. */
  readonly freeBytes?: number
}

const shortNames: Readonly<Record<string, string>> = {
  waybill_requests_total: 'requests',
  waybill_spans_accepted_total: 'spans',
  waybill_spans_rejected_total: 'spans',
}

export async function openCollectingDoor(options: DoorOptions = {}): Promise<CollectingDoor> {
  const { maxSpanBytes = 1e9, freeBytes } = options
  const filling = sampleRequest(['x'.repeat(10_000)])
  const maxBytes = freeBytes === undefined ? (options.maxBytes ?? 1e9) : filling.length + freeBytes
  const dir = mkdtempSync(join(tmpdir(), 'waybill-door-'))
  const store = new CollectingStore()
  const metrics = createMetrics()
  const counter = metrics.receiver('test')
  const spool = await openSpool({
    dir,
    quarantineDir: join(dir, 'quarantine'),
    durability: 'write',
    maxBytes,
    segmentBytes: 1e8,
    segmentSpans: 1e6,
    segmentAgeMs: 1e6,
    concurrentLoads: 1,
    observer: new CollectingObserver(),
    load: store.load,
  })
  if (freeBytes !== undefined) await spool.append(filling, 1)
  const thread = new ExaminingThread()
  return {
    accept: createAccept({ spool, counter, maxSpanBytes, thread }),
    counter,
    store,
    spool,
    thread,
    names: async () => {
      await spool.settled(10_000)
      return store.names
    },
    counts: () => readCounts(metrics),
    close: async () => {
      await thread.close()
      await spool.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function readCounts(metrics: Metrics): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {}
  for (const { name, values } of await metrics.registry.getMetricsAsJSON())
    for (const { labels, value } of values) {
      const short = shortNames[name]
      const what = labels['outcome'] ?? labels['reason'] ?? 'accepted'
      if (short !== undefined && value > 0) counts[`${short} ${what}`] = value
    }
  return counts
}
