import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaSystem } from './kafka.ts'

function keyAttribute(key: unknown): unknown {
  const attributes: Record<string, unknown> = {}
  const sink = {
    setAttribute(name: string, value: unknown) {
      attributes[name] = value
    },
  }
  kafkaSystem.addMessage(sink, { headers: undefined, original: {}, key, value: 'v' }, 100)
  return attributes['messaging.kafka.message.key']
}

test('a key is told where it is a text, and not where its bytes happen to be UTF-8', () => {
  assert.equal(keyAttribute('order-7'), 'order-7')
  assert.equal(keyAttribute(Buffer.from('Größe 7')), 'Größe 7')
  const seven = Buffer.alloc(8)
  seven.writeBigInt64BE(7n)
  for (const key of [seven, Buffer.of(0xff), 'a\u0000', '\u007f', null, undefined, 7])
    assert.equal(keyAttribute(key), undefined, String(key))
})
