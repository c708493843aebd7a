import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Attributes, Span } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { StorySpan } from '@waybill/model/story'
import { storyStartNano, tellTrace } from '@waybill/model/story'
import { encodeTraces } from '@waybill/wire/otlp'
import type { Reader } from '../store/engine.ts'
import { openStore } from '../store/open.ts'
import type { TimeRange } from './time-range.ts'

/** A span of a story with what only a store tells apart. */
export interface StoredSpan extends StorySpan {
  readonly resource?: Readonly<Record<string, string>>
  readonly message?: string
  readonly events?: readonly {
    readonly name: string
    readonly attributes?: Readonly<Record<string, string>>
  }[]
}

/** Traces by their numbers. */
export type Stories = Readonly<Record<number, readonly StoredSpan[]>>

/** The hour that begins with every story. */
export const storyHour: TimeRange = {
  startUnixNano: String(storyStartNano),
  endUnixNano: String(storyStartNano + 3_600_000_000_000n),
}

/** A real store in a folder of its own that holds the stories, for tests. `close` removes it. */
export async function storeStories(
  stories: Stories,
): Promise<{ readonly reader: Reader; readonly close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-query-'))
  const engine = await openStore({ dataDir: join(folder, 'data') })
  const close = async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const bytes = storyRequest(stories)
    const path = join(folder, 'stories.segment')
    await writeFile(path, bytes)
    await engine.load({ path, token: 'stories', bytes: bytes.length, spans: 0 })
    return { reader: engine, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The stories as one OTLP request. */
export function storyRequest(stories: Stories): Uint8Array {
  const spans = Object.entries(stories).flatMap(([trace, told]) =>
    tellTrace(Number(trace), told).spans.map((span, i) => resourceSpans(span, told[i])),
  )
  return encodeTraces({ resourceSpans: spans })
}

function resourceSpans(span: Span, told: StoredSpan | undefined) {
  const { status, kind, ...rest } = span
  return {
    resource: { attributes: attributes({ 'service.name': span.service, ...told?.resource }) },
    scopeSpans: [
      {
        scope: { name: 'story' },
        spans: [
          {
            ...rest,
            kind: spanKinds.indexOf(kind),
            status: { code: statusCodes.indexOf(status.code), message: told?.message ?? '' },
            events: (told?.events ?? []).map(event => ({
              name: event.name,
              timeUnixNano: span.startTimeUnixNano,
              attributes: attributes(event.attributes ?? {}),
            })),
          },
        ],
      },
    ],
  }
}

function attributes(record: Readonly<Record<string, string>>): Attributes {
  return Object.entries(record).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
