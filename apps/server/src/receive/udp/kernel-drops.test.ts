import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findDrops } from './kernel-drops.ts'

const head =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'
const line = (local: string, drops: string): string =>
  ` 4121: ${local} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1747 2 00000000a3 ${drops}`

test('the drops of a socket are found by its address and port', () => {
  const table = [head, line('0100007F:1AB0', '7'), line('00000000:1AAF', '5'), line('0100007F:1AAF', '12')]
  assert.equal(findDrops(table.join('\n'), '127.0.0.1', 6831), 12)
  assert.equal(findDrops(table.join('\n'), '0.0.0.0', 6831), 5)
  assert.equal(findDrops(table.join('\n'), '127.0.0.1', 6832), 7)
})

test('a machine that writes its bytes the other way round is understood', () => {
  assert.equal(findDrops(`${head}\n${line('7F000001:1AAF', '3')}`, '127.0.0.1', 6831), 3)
})

test('of IPv6 the port is compared', () => {
  const table = `${head}\n${line('00000000000000000000000001000000:1AAF', '9')}`
  assert.equal(findDrops(table, '::1', 6831), 9)
})

test('an unknown socket and what is no table have no drops', () => {
  for (const table of ['', head, `${head}\n${line('0100007F:1AAF', '-')}`, `${head}\nx\n`])
    assert.equal(findDrops(table, '127.0.0.1', 6831), undefined)
})
