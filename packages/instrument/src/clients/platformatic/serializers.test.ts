import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerFormOf, keyBytesOf } from './serializers.ts'

const text = (data: unknown) => (typeof data === 'string' ? Buffer.from(data) : undefined)
const json = (data: unknown) => Buffer.from(JSON.stringify(data))
const bytes = (data: unknown) => {
  if (!Buffer.isBuffer(data)) throw new TypeError('Bytes only')
  return data
}
const form = (headerKey?: (data: unknown) => unknown, headerValue?: (data: unknown) => unknown) =>
  headerFormOf({ serializers: { ...(headerKey && { headerKey }), ...(headerValue && { headerValue }) } })

test('headers are made as the serializers take them', () => {
  assert.deepEqual(form(), { shape: 'byteMap', hasByteValues: true })
  assert.deepEqual(headerFormOf({}), { shape: 'byteMap', hasByteValues: true })
  assert.deepEqual(form(text, text), { shape: 'map', hasByteValues: false })
  assert.deepEqual(form(text, json), { shape: 'map', hasByteValues: false })
  assert.deepEqual(form(text), { shape: 'map', hasByteValues: true })
  assert.deepEqual(form(text, bytes), { shape: 'map', hasByteValues: true })
  assert.deepEqual(form(bytes, bytes), { shape: 'byteMap', hasByteValues: true })
  assert.deepEqual(headerFormOf({ registry: {} }), { shape: 'map', hasByteValues: false })
})

test('where no form would do, none is made', () => {
  assert.equal(
    form(() => undefined, text),
    undefined,
  )
  assert.equal(
    form(text, () => 'no bytes'),
    undefined,
  )
  assert.equal(form(bytes, text), undefined)
})

test('the bytes of keys are known where the serializer makes UTF-8 of texts, or where there is none', () => {
  const key = Buffer.from('k')
  assert.equal(keyBytesOf({})(key), key)
  assert.equal(keyBytesOf({})('k'), undefined)
  assert.deepEqual(keyBytesOf({ serializers: { key: text } })('k'), key)
  for (const serializer of [json, bytes, () => 7])
    assert.equal(keyBytesOf({ serializers: { key: serializer } })('k'), undefined)
  assert.equal(keyBytesOf({ registry: {} })('k'), undefined)
})
