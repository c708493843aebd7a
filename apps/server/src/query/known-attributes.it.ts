import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Reader } from '../store/engine.ts'
import { getAttributeKeys, getAttributeValues, getPeers } from './known-attributes.ts'
import type { Stories } from './story-store.ts'
import { storeStories } from './story-store.ts'

const at = [0, 1] as const
const kafka = {
  'messaging.system': 'kafka',
  'messaging.destination.name': 'orders',
  'messaging.operation.type': 'send',
}
const stories: Stories = {
  1: [
    {
      id: 1,
      at,
      service: 'shop',
      kind: 'server',
      attributes: { 'user.id': 'u1' },
      resource: { 'host.name': 'h1' },
    },
    { id: 2, at, service: 'shop', kind: 'client', attributes: { 'service.peer.name': 'mysql' } },
    { id: 3, at, service: 'shop', kind: 'client', attributes: { 'peer.service': 'redis' } },
    { id: 4, at, service: 'shop', kind: 'client', attributes: { 'peer.service': 'redis' } },
    { id: 5, at, service: 'shop', kind: 'producer', attributes: kafka },
    {
      id: 6,
      at,
      service: 'mail',
      kind: 'client',
      attributes: { 'service.peer.name': 'smtp', 'user.id': 'u2' },
    },
  ],
}

describe('what is known of attributes', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(stories))
  })
  after(() => close())

  it('has the peers and brokers of a service', async () => {
    assert.deepEqual(await getPeers(reader, 'shop'), ['kafka', 'mysql', 'redis'])
    assert.deepEqual(await getPeers(reader, 'mail'), ['smtp'])
    assert.deepEqual(await getPeers(reader, 'nobody'), [])
  })

  it('has names of attributes of spans and resources, and their values', async () => {
    const keys = await getAttributeKeys(reader)
    assert.deepEqual(keys, [...keys].sort())
    for (const key of ['user.id', 'host.name', 'peer.service']) assert.ok(keys.includes(key), key)
    assert.deepEqual(await getAttributeValues(reader, 'user.id'), ['u1', 'u2'])
    assert.deepEqual(await getAttributeValues(reader, 'host.name'), ['h1'])
    assert.deepEqual(await getAttributeValues(reader, 'no.such'), [])
  })
})
