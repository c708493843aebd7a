import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from './log.ts'

function lines(format: 'text' | 'json'): readonly string[] {
  const written: string[] = []
  const log = createLog({ level: 'info', format }, { write: line => written.push(line) })
  log.debug('not worth a line')
  log.info('ready')
  log.warn({ segment: 'a-1', reason: 'two words', err: new Error('the disk is full') }, 'tried again')
  return written
}

test('text is one line an entry: time, level, message, facts, the error last', () => {
  const [ready = '', again = '', ...others] = lines('text')
  assert.deepEqual(others, [])
  assert.match(ready, /^\d{4}-\d\d-\d\dT[\d:.]+Z info {2}ready\n$/)
  assert.match(again, /Z warn {2}tried again segment=a-1 reason="two words": the disk is full\n$/)
})

test('json is one object an entry', () => {
  const [, again = ''] = lines('json')
  const { level, msg, segment, err } = JSON.parse(again)
  assert.deepEqual([level, msg, segment, err.message], [40, 'tried again', 'a-1', 'the disk is full'])
})
