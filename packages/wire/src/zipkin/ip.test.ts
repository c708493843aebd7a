import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { ipFamily, ipText, unmapped } from './ip.ts'

test('families are those that Node finds', () => {
  const piece = fc.constantFrom('1', 'ffff', '::', ':', '0', '12345', '1.2.3.4', '.', 'g', '256')
  const text = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(piece, { maxLength: 10 }).map(pieces => pieces.join('')),
  )
  fc.assert(
    fc.property(text, address => {
      assert.equal(ipFamily(address), isIP(address))
    }),
    { numRuns: 2000 },
  )
})

test('bytes become the text that URLs have for them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(0, 0, 0, 1, 0x20, 0xff), { minLength: 16, maxLength: 16 }),
      bytes => {
        const text = ipText(Uint8Array.from(bytes))
        if (!text.startsWith('::ffff:')) assert.equal(new URL(`http://[${text}]/`).hostname, `[${text}]`)
      },
    ),
  )
  assert.equal(ipText(Uint8Array.of(10, 0, 0, 255)), '10.0.0.255')
  assert.equal(ipText(Uint8Array.of(1, 2, 3)), '')
})

test('an IPv4 address in the form of an IPv6 address is one', () => {
  assert.deepEqual(['::ffff:1.2.3.4', '::FFFF:1.2.3.4', '::ffff:0:1', '1.2.3.4', '::1'].map(unmapped), [
    '1.2.3.4',
    '1.2.3.4',
    '::ffff:0:1',
    '1.2.3.4',
    '::1',
  ])
})
