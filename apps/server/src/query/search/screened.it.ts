import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { parseQuery } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { compileQuery, statement } from '../compile/compile.ts'
import type { StoredSpan } from '../story-store.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { findTraces } from './search.ts'

const minuteMs = 60_000
const sends = { 'messaging.operation.type': 'send' }
const processes = { 'messaging.operation.type': 'process' }

function message(topic: string, offset: number, more: Readonly<Record<string, string>>) {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': '0',
    'messaging.kafka.offset': offset,
    ...more,
  }
}

/** What ties the message of a story to what received it. */
const ties = ['parent', 'link', 'offset', 'offset of before', 'message id', 'nothing'] as const
/** How long it waited. */
const waits = [0, 1, 119, 121, 600, 3000] as const

/** For each tie and wait a message sent and one received, in traces of their own or in one. */
const stories = Object.fromEntries(
  ties.flatMap((tie, t) =>
    waits.flatMap((waitS, w): [number, readonly StoredSpan[]][] => {
      const [number, sentMs] = [1 + (t * waits.length + w) * 2, 5 * minuteMs + (t * waits.length + w) * 7000]
      const receivedMs = sentMs + (tie === 'offset of before' ? -4000 : waitS * 1000)
      const topic = `topic-${t % 3}`
      const id = tie === 'message id' ? { 'messaging.message.id': `m-${number}` } : {}
      const sent: StoredSpan = {
        id: 1,
        at: [sentMs, sentMs + 5],
        kind: 'producer',
        service: 'shop',
        attributes: message(topic, number, { ...sends, ...id }),
      }
      const isOffset = tie === 'offset' || tie === 'offset of before'
      const received: StoredSpan = {
        id: 2,
        at: [receivedMs, receivedMs + 20],
        kind: 'consumer',
        service: 'billing',
        attributes: message(topic, isOffset ? number : 100_000 + number, { ...processes, ...id }),
        ...(tie === 'parent' && { parent: 1 }),
        ...(tie === 'link' && { links: [{ trace: number, id: 1 }] }),
      }
      return tie === 'parent'
        ? [[number, [sent, received]]]
        : [
            [number, [sent]],
            [number + 1, [received]],
          ]
    }),
  ),
)

/** Spans whose parent started long before, a little before, long after, or is not there. */
const children = Object.fromEntries(
  [-3000, -121, -1, 0, 121, 600, undefined].map((parentS, i): [number, readonly StoredSpan[]] => {
    const startMs = 40 * minuteMs + i * 1000
    const child: StoredSpan = { id: 2, parent: 1, at: [startMs, startMs + 1], service: 'child' }
    if (parentS === undefined) return [500 + i, [child]]
    const parentMs = Math.max(0, startMs + parentS * 1000)
    return [500 + i, [{ id: 1, at: [parentMs, parentMs + 10], service: 'parent' }, child]]
  }),
)

describe('searches for what is missing', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories({ ...stories, ...children }))
  })
  after(() => close())

  /** All that match, as one statement finds them that looks everywhere. */
  async function everyTrace(text: string): Promise<readonly string[]> {
    const query = parseQuery(text)
    const { sql, parameters } = statement(bind => {
      const { table, where } = compileQuery(query, storyHour, bind)
      return `SELECT DISTINCT lower(hex(trace_id)) AS id FROM ${table} WHERE ${where} ORDER BY id`
    })
    return (await reader.query<{ readonly id: string }>(sql, parameters)).map(row => row.id)
  }

  async function allPages(text: string, limit: number): Promise<readonly string[]> {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const request = {
        query: parseQuery(text),
        range: storyHour,
        limit,
        ...(cursor !== undefined && { cursor }),
      }
      const page = await findTraces(reader, request)
      found.push(...page.traces.map(trace => trace.traceId))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    return found
  }

  for (const text of [
    'is:unconsumed',
    'is:unconsumed topic:topic-2',
    'service:shop is:unconsumed dur<1s',
    'is:orphan',
    'service:child is:orphan',
  ])
    it(`find what is missing everywhere, however far away: ${text}`, async () => {
      const expected = await everyTrace(text)
      assert.ok(expected.length > 0)
      assert.deepEqual((await allPages(text, 100)).toSorted(), expected)
      const pages = await allPages(text, 3)
      assert.deepEqual(pages.toSorted(), expected)
      assert.deepEqual(pages, await allPages(text, 100))
    })
})
