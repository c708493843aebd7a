import { encodeTraces } from '@waybill/wire/otlp'
import type { Engine } from './engine.ts'
import { writeSegment } from './temporary-store.ts'

/*
 * For tests of what is counted by the minute: spans of now, each told by what matters.
 */

const nowMs = Date.now()

/** The start of this minute. */
export const minuteMs = Math.floor(nowMs / 60_000) * 60_000

export interface Sample {
  readonly service?: string
  readonly name?: string
  readonly kind?: number
  /** {@link minuteMs} if absent. */
  readonly startMs?: number
  /** 1000 if absent. */
  readonly durationNano?: number
  readonly failed?: boolean
  readonly attributes?: Readonly<Record<string, string>>
  readonly resource?: Readonly<Record<string, string>>
  /** Attributes of each link. */
  readonly links?: readonly Readonly<Record<string, string>>[]
}

let loads = 0

/** Loads spans as one segment that was received now. */
export async function loadSamples(engine: Engine, folder: string, samples: readonly Sample[]): Promise<void> {
  loads++
  const resourceSpans = samples.map((sample, i) => {
    const startNano = BigInt(sample.startMs ?? minuteMs) * 1_000_000n
    return {
      resource: { attributes: texts({ 'service.name': sample.service ?? 'shop', ...sample.resource }) },
      scopeSpans: [
        {
          scope: { name: 'test' },
          spans: [
            {
              traceId: (BigInt(loads) * 100_000n + BigInt(i) + 1n).toString(16).padStart(32, '0'),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              name: sample.name ?? 'work',
              kind: sample.kind ?? 1,
              startTimeUnixNano: String(startNano),
              endTimeUnixNano: String(startNano + BigInt(sample.durationNano ?? 1000)),
              status: { code: sample.failed === true ? 2 : 0 },
              attributes: texts(sample.attributes ?? {}),
              links: (sample.links ?? []).map(link => ({
                traceId: 'a'.repeat(32),
                spanId: 'b'.repeat(16),
                attributes: texts(link),
              })),
            },
          ],
        },
      ],
    }
  })
  const token = `${String(nowMs).padStart(14, '0')}-${loads}`
  await engine.load(await writeSegment(folder, token, encodeTraces({ resourceSpans })))
}

function texts(record: Readonly<Record<string, string>>) {
  return Object.entries(record).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
