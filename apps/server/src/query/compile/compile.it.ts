import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Query } from '@waybill/query-language'
import { and, compare, durationBetween, parseQuery } from '@waybill/query-language'
import type { Reader } from '../../store/engine.ts'
import { ask } from '../cost.ts'
import { queryStories } from '../query-stories.ts'
import { storeStories, storyHour } from '../story-store.ts'
import { compileQuery, statement } from './compile.ts'

/** Spans for which a query holds, each as trace.span. */
async function spansOf(reader: Reader, asked: string | Query, range = storyHour): Promise<string> {
  const query = typeof asked === 'string' ? parseQuery(asked) : asked
  const select = statement(bind => {
    const { table, where } = compileQuery(query, range, bind)
    return (
      `SELECT DISTINCT reinterpretAsUInt64(reverse(substring(trace_id, 9))) AS trace, ` +
      `reinterpretAsUInt64(reverse(CAST(span_id, 'String'))) AS span FROM ${table} WHERE ${where} ORDER BY trace, span`
    )
  })
  const rows = await ask<{ readonly trace: string; readonly span: string }>(reader, select, { query, range })
  return rows.map(row => `${row.trace}.${row.span}`).join(' ')
}

const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'keys of the span': {
    'service:ledger': '5.1',
    'service:led*': '5.1',
    'service:LEDGER': '',
    'service in (ledger, mailer)': '5.1 6.2',
    'service in (led*, mailer)': '5.1 6.2',
    'service!=tick -service:shop -service:twice*': '1.3 1.4 1.5 3.1 5.1 6.2 8.2',
    'service~^led': '5.1',
    'service!~"^(tick|shop|led|twice)"': '1.3 1.4 1.5 3.1 6.2 8.2',
    'name:"POST /orders"': '1.1',
    'name:*orders -service:shop': '1.3 3.1',
    'kind:server': '1.1 8.2',
    'kind in (server, client)': '1.1 1.4 8.2',
    'kind!=internal service:shop': '1.1 1.2 2.1 4.1 6.1 7.2',
    'status:error': '1.3 1.4',
    'status:ok': '',
    'message:*Declined*': '1.3',
    'has:message': '1.3',
    'dur>300ms': '9.201',
    'dur:150ms..200ms': '1.3 1.4',
    'dur>=180ms dur<=180ms': '1.3',
    'trace.dur>2s -service:tick': '1.1 1.2 1.3 1.4 1.5',
    'trace:2': '2.1',
    'span:c8 service:tick': '9.200',
    'event:exception': '1.3',
    'event:exc*': '1.3',
  },
  'keys of the message': {
    'destination:reports': '7.2',
    'topic:payments': '4.1 5.1',
    'topic:mails*': '',
    'queue:mail-queue': '6.2',
    'exchange:mails': '6.1 6.2',
    'rk:order.*': '6.1 6.2',
    'system:rabbitmq': '6.1 6.2',
    'op:send topic:orders': '1.2 2.1',
    'partition:3': '1.2 1.3 3.1',
    'partition>=1 partition<3': '4.1 5.1',
    'offset:1042': '1.2 1.3 3.1',
    'offset in (5, 9)': '2.1 3.1 4.1 5.1',
    'offset:5..9': '2.1 3.1 4.1 5.1',
    'topic:orders partition=3 offset in(100,1042)': '1.2 1.3 3.1',
    'partition:0 offset:1042': '',
    'key:order-17': '1.2 1.3',
    'msgid:m-1': '6.1 6.2',
    'group:billing': '1.3',
    'has:group': '1.3 3.1 5.1 10.2 10.3',
    'client:shop-1': '1.2',
    'cluster:c1': '1.2',
    'size>5kb': '1.2',
    'batch>=2': '3.1',
    'attempts>1': '6.2',
    'dlq:orders': '1.5',
    'dlq:orders.dlq': '1.5',
    '-offset:1042 topic:orders': '2.1',
  },
  'time in the queue': {
    'wait:2s': '1.3',
    'wait>5s': '3.1',
    'wait<100ms': '5.1 10.2 10.3',
    'topic:orders group:audit wait>30s -status:ok': '3.1',
    'group:billing wait>5s': '',
    'has:wait': '1.3 3.1 5.1 6.2 10.2 10.3',
    'e2e>=2190ms': '1.3 3.1',
    '-wait>1s op:process': '5.1 6.2 10.2 10.3',
  },
  attributes: {
    'user.id:u1': '1.1',
    'user.id:u*': '1.1 8.2',
    'user.id in (u1, u2)': '1.1 8.2',
    'user.id!=u1': '8.2',
    'user.id~^u[12]$': '1.1 8.2',
    'user.id!~1': '8.2',
    'has:user.id': '1.1 8.2',
    '-has:user.id service:shop kind:internal': '7.1',
    'http.response.status_code:200': '1.1',
    'http.response.status_code>=500': '8.2',
    'http.response.status_code:200..299': '1.1',
    'host.name:h1': '1.1',
    'span.host.name:h1': '',
    'resource.host.name:h*': '1.1',
    'exception.type:CardDeclined': '1.3',
    'event.exception.type:Card*': '1.3',
    '@user.id:u1': '1.1',
    'note:"50% off_\\\\\'"': '8.2',
    'note:50*': '8.2',
    'note:5?%*': '',
    'service.name:ledger': '5.1',
  },
  'free text': {
    carddeclined: '1.3',
    '"POST /ord"': '1.1',
    u1: '1.1',
    '00000000000000000000000000000002': '2.1',
    nowhere: '',
  },
  conditions: {
    'is:error': '1.3 1.4',
    'is:root -service:tick': '1.1 2.1 3.1 4.1 5.1 6.1 7.1 10.1',
    'is:orphan': '8.2',
    'is:unconsumed': '1.5 7.2',
    'is:unconsumed topic:reports': '7.2',
    'is:redelivered': '6.2 10.3',
    'is:dlq': '1.5',
    'is:batch': '3.1',
    'is:slow': '9.201',
    '-is:root service:billing': '1.3 1.4 1.5',
  },
  logic: {
    'service:ledger OR service:mailer': '5.1 6.2',
    '(service:ledger OR service:mailer) kind:consumer status:unset': '5.1 6.2',
    '-(service:shop OR service:tick OR service:billing)': '3.1 5.1 6.2 8.2 10.1 10.2 10.3',
    'offset:9 OR user.id:u1': '1.1 4.1 5.1',
    '(offset:9 OR user.id:u1) service:shop': '1.1 4.1',
    'NOT * service:shop': '',
  },
  'other spans of the trace': {
    '{service:mailer}': '6.2',
    'service:shop {service:mailer}': '6.1',
    'service:shop {service:billing is:error} -{service:mailer}': '1.1 1.2',
    'kind:producer -{kind:consumer}': '2.1 4.1 7.2',
    '{topic:orders} {service:mailer}': '',
    'kind:consumer {offset:1042 kind:producer}': '1.3',
  },
  relations: {
    '{service:shop kind:server} > {kind:producer}': '1.2',
    '{service:shop kind:server} > {service:billing}': '',
    '{service:shop kind:server} >> {service:billing}': '1.3 1.4 1.5',
    '{service:shop kind:server} >> {is:dlq}': '1.5',
    '{service:shop} ~> {service:audit}': '3.1',
    '{service:billing} ~> {service:audit}': '',
    '{service:shop kind:producer} => {service:billing is:error}': '1.3',
    '{service:shop} => {service:audit}': '3.1',
    '{service:shop} => {service:ledger}': '5.1',
    '{service:shop} => {queue:mail-queue}': '6.2',
    '{kind:server} > {kind:producer} => {service:billing} > {kind:client}': '1.4',
    'kind:server {service:shop kind:producer} => {service:billing}': '1.1',
    '{kind:server} > {kind:producer offset:1042}': '1.2',
  },
}

describe('compiled queries on a store', () => {
  let reader: Reader
  let close: () => Promise<void>
  before(async () => {
    ;({ reader, close } = await storeStories(queryStories))
  })
  after(() => close())

  for (const [title, expectations] of Object.entries(cases))
    describe(title, () => {
      for (const [query, expected] of Object.entries(expectations))
        it(query, async () => {
          assert.equal(await spansOf(reader, query), expected)
        })
    })

  it('takes what started at the first nanosecond of the range, and nothing at its end', async () => {
    const first = { ...storyHour, endUnixNano: String(BigInt(storyHour.startUnixNano) + 1n) }
    assert.equal(await spansOf(reader, 'kind:server', first), '1.1')
    const before = { startUnixNano: '1699999999000000000', endUnixNano: storyHour.startUnixNano }
    assert.equal(await spansOf(reader, '', before), '')
  })

  it('compares with durations that no span can have', async () => {
    // The whole of an Int64, one more, and a number that only a double holds.
    for (const nano of [2 ** 63 - 1024, 2 ** 63, 1e300, Number.POSITIVE_INFINITY]) {
      assert.equal(await spansOf(reader, durationBetween(nano, undefined)), '', `${nano}`)
      const shorter = and([compare('service', '=', 'ledger'), durationBetween(undefined, nano)])
      assert.equal(await spansOf(reader, shorter), '5.1', `${nano}`)
    }
  })

  it('finds the other end of a relation outside of the range', async () => {
    const late = { ...storyHour, startUnixNano: String(BigInt(storyHour.startUnixNano) + 2_000_000_000n) }
    assert.equal(await spansOf(reader, '{service:shop} => {service:billing}', late), '1.3')
    assert.equal(await spansOf(reader, 'wait>1s', late), '1.3 3.1')
    assert.equal(await spansOf(reader, 'is:orphan', late), '8.2')
  })
})
