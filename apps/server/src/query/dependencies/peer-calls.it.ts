import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { StorySpan } from '@waybill/model/story'
import { storyStartNano } from '@waybill/model/story'
import type { Reader } from '../../store/engine.ts'
import { storeStories } from '../story-store.ts'
import { getDependencies } from './dependencies.ts'

const hourMs = 3_600_000

/** Kind, service, parent and what else (`id` where it is not its place); ids count from 1, and a span starts as often a millisecond after the first. */
type Told = readonly [
  StorySpan['kind'],
  string,
  parent?: number | undefined,
  more?: Partial<Pick<StorySpan, 'id' | 'error' | 'attributes'>> & { readonly peer?: string },
]

interface Case {
  readonly spans: readonly Told[]
  /** `caller > called`, with the number of calls and of those that failed. */
  readonly links: Readonly<Record<string, readonly [number, number]>>
}

const failed = { error: true }
const peer = (name: string) => ({ peer: name })

/** What Zipkin 3.5.1 answers for the same spans, but for the last four. */
const cases: Readonly<Record<string, Case>> = {
  'a call is counted where it arrives': {
    spans: [
      ['server', 'web'],
      ['client', 'web', 1, peer('app')],
      ['server', 'app', 2],
    ],
    links: { 'web > app': [1, 0] },
  },
  'the first caller is known by the name that it is given': {
    spans: [['server', 'web', undefined, peer('browser')]],
    links: { 'browser > web': [1, 0] },
  },
  'a root whose caller has no name is no call': { spans: [['server', 'web']], links: {} },
  'what sends no spans is called by its name': {
    spans: [
      ['server', 'app'],
      ['client', 'app', 1, peer('mysql')],
      ['client', 'app', 1, peer('mysql')],
    ],
    links: { 'app > mysql': [2, 0] },
  },
  'nobody is called by a client that names nobody': {
    spans: [
      ['server', 'app'],
      ['client', 'app', 1],
    ],
    links: {},
  },
  'a local span that names a peer is a client': {
    spans: [
      ['server', 'app'],
      ['internal', 'app', 1, { ...peer('mysql'), ...failed }],
    ],
    links: { 'app > mysql': [1, 1] },
  },
  'work in between is passed over': {
    spans: [
      ['server', 'web'],
      ['internal', 'web', 1],
      ['internal', 'web', 2],
      ['internal', 'web', 3],
      ['server', 'app', 4],
    ],
    links: { 'web > app': [1, 0] },
  },
  'a service that calls itself': {
    spans: [
      ['client', 'web'],
      ['server', 'web', 1],
    ],
    links: { 'web > web': [1, 0] },
  },
  'calls that only the client has seen fail': {
    spans: [
      ['server', 'web'],
      ['client', 'web', 1, failed],
      ['server', 'app', 2],
      ['client', 'web', 1],
      ['server', 'app', 4, failed],
    ],
    links: { 'web > app': [2, 2] },
  },
  'a tag that says error': {
    spans: [
      ['server', 'web'],
      ['client', 'web', 1, { ...peer('mysql'), attributes: { error: 'no route' } }],
    ],
    links: { 'web > mysql': [1, 1] },
  },
  'a client that has the name of another service': {
    spans: [
      ['server', 'web'],
      ['client', 'app', 1],
    ],
    links: { 'web > app': [1, 0] },
  },
  'a client without a name has that of the service above it': {
    spans: [
      ['server', 'web'],
      ['client', '', 1, peer('mysql')],
    ],
    links: { 'web > mysql': [1, 0] },
  },
  'what has lost its parent hangs under the root': {
    spans: [
      ['server', 'web'],
      ['server', 'app', 77],
    ],
    links: { 'web > app': [1, 0] },
  },
  'without a root there is nothing to hang under': {
    spans: [
      ['server', 'web', 76],
      ['server', 'app', 77],
    ],
    links: {},
  },
  'a server with the id of its client': {
    spans: [
      ['client', 'web', undefined, peer('proxy')],
      ['server', 'app', undefined, { id: 1 }],
      ['internal', 'app', 1],
      ['client', 'app', 3, peer('mysql')],
      ['client', 'app', 1, peer('redis')],
    ],
    links: { 'web > app': [1, 0], 'app > mysql': [1, 0], 'app > redis': [1, 0] },
  },
  'a message goes through its broker': {
    spans: [
      ['producer', 'shop', undefined, peer('kafka')],
      ['consumer', 'billing', 1, { ...peer('kafka'), ...failed }],
      ['internal', 'billing', 2],
    ],
    links: { 'shop > kafka': [1, 0], 'kafka > billing': [1, 1] },
  },
  'a message without the name of its broker is no call': {
    spans: [
      ['producer', 'shop'],
      ['consumer', 'billing', 1],
    ],
    links: {},
  },
  'a server below a consumer': {
    spans: [
      ['consumer', 'billing', undefined, peer('kafka')],
      ['client', 'billing', 1],
      ['server', 'bank', 2],
    ],
    links: { 'kafka > billing': [1, 0], 'billing > bank': [1, 0] },
  },
  'a call with one id, of which only the client has seen that it failed': {
    spans: [
      ['client', 'web', undefined, failed],
      ['server', 'app', undefined, { id: 1 }],
    ],
    links: { 'web > app': [1, 1] },
  },
  'a messaging system is a broker, unless a peer is named': {
    spans: [
      ['producer', 'shop', undefined, { attributes: message('kafka', 'send') }],
      ['consumer', 'billing', 1, { attributes: message('kafka', 'process') }],
      ['producer', 'shop', undefined, { ...peer('kafka-eu'), attributes: message('kafka', 'send') }],
    ],
    links: { 'kafka > billing': [1, 0], 'shop > kafka': [1, 0], 'shop > kafka-eu': [1, 0] },
  },
  'the older name of a peer': {
    spans: [
      ['server', 'app'],
      ['client', 'app', 1, { attributes: { 'peer.service': 'redis', error: false } }],
    ],
    links: { 'app > redis': [1, 0] },
  },
  'a client stays one although its trace has lost a span': {
    spans: [
      ['client', 'app', undefined, peer('mysql')],
      ['server', 'web', 77],
    ],
    links: { 'app > mysql': [1, 0], 'app > web': [1, 0] },
  },
}

function message(system: string, operation: string): Readonly<Record<string, string>> {
  return {
    'messaging.system': system,
    'messaging.destination.name': 'orders',
    'messaging.operation.type': operation,
  }
}

/** Cases lie two hours apart. */
const startOf = (place: number) => place * 2 * hourMs

function storyOf({ spans }: Case, place: number): readonly StorySpan[] {
  return spans.map(([kind = 'internal', service, parent, { peer: name, attributes, ...more } = {}], i) => ({
    id: i + 1,
    ...(parent === undefined ? {} : { parent }),
    kind,
    service,
    ...more,
    attributes: { ...attributes, ...(name === undefined ? {} : { 'service.peer.name': name }) },
    at: [startOf(place) + i, startOf(place) + 100],
  }))
}

describe('dependencies between peers', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    const stories = Object.values(cases).map((one, place) => [place + 1, storyOf(one, place)])
    ;({ reader, close } = await storeStories(Object.fromEntries(stories)))
  })
  after(() => close())

  for (const [place, [title, { links }]] of Object.entries(cases).entries())
    it(title, async () => {
      const start = storyStartNano + BigInt(startOf(place)) * 1_000_000n
      const range = {
        startUnixNano: String(start),
        endUnixNano: String(start + BigInt(hourMs) * 1_000_000n),
      }
      const { links: found } = await getDependencies(reader, { range, between: 'peers' })
      const counts = found.map(
        ({ parent, child, callCount, errorCount }) =>
          [`${parent} > ${child}`, [callCount, errorCount]] as const,
      )
      assert.deepEqual(Object.fromEntries(counts), links)
    })
})
