/** What is asked: the statement that a search begins with, or every statement of an answer. */
export type Asks =
  | 'traces'
  | 'spans'
  | 'messages'
  | 'histogram'
  | 'facets'
  | 'explain traces'
  | 'all of traces'
  | 'all of spans'
  | 'all of messages'
  | 'all of facets'

/** Each file of snapshots with what it asks and the queries it asks that of. */
export interface SqlCases {
  readonly asks: Asks
  readonly queries: readonly string[]
}

export const sqlCases: Readonly<Record<string, SqlCases>> = {
  'keys-of-spans': {
    asks: 'traces',
    queries: [
      '',
      'service:shop',
      'service!=shop',
      'service:sh*p',
      'service~"^(shop|ledger)$"',
      'service!~^test-',
      'service in (shop, led*)',
      'name:"POST /orders"',
      'kind:consumer',
      'status in (ok, error)',
      'message:*timeout*',
      'event:exception',
      'event:exc*',
      'dur>250ms',
      'dur:1ms..2s',
      'trace.dur>2s',
      'trace:4bf92f3577b34da6a3ce929d0e0e4736',
      'span:00f067aa0ba902b7',
      'has:message',
      'has:event',
      'has:kind',
      'kind!=client',
      'trace in (4bf92f3577b34da6a3ce929d0e0e4736, 1)',
      'dur in (1ms, 2ms)',
    ],
  },
  'keys-of-messages': {
    asks: 'traces',
    queries: [
      'topic:orders',
      'queue:mail',
      'exchange:mails',
      'destination:orders.*',
      'dlq:orders',
      'group:billing',
      'op:process',
      'partition=3',
      'partition>=3',
      'offset:100..200',
      'offset in (100, 101)',
      'key:order-17',
      'msgid:5f1c',
      'rk:order.*',
      'size>5kb',
      'batch>=100',
      'attempts>1',
      'topic:orders group:billing offset:1042 is:error',
    ],
  },
  waits: {
    asks: 'traces',
    queries: ['wait>5s', 'topic:orders group:billing wait>5s -status:ok', 'e2e<1m', 'has:wait'],
  },
  attributes: {
    asks: 'traces',
    queries: [
      'order.id:k3v9x2',
      'order.id!=k3v9x2',
      'order.id:k3*',
      'order.id~^k[0-9]',
      'order.id in (k3v9x2, k4)',
      'order.id in (k3v9x2, k4*)',
      'has:order.id',
      'http.response.status_code>=500',
      'http.response.status_code:200..299',
      'span.order.id:k3v9x2',
      'resource.host.name:h1',
      'event.exception.type:CardDeclined',
      'exception.type:CardDeclined',
      '@service:shop',
      'service:shop order.id:k3v9x2 dur>250ms',
    ],
  },
  'free-text': {
    asks: 'traces',
    queries: ['timeout', '"50% off_"', 'tim*out', '4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'],
  },
  conditions: {
    asks: 'traces',
    queries: [
      'is:error',
      'is:root',
      'is:orphan',
      'is:unconsumed',
      'is:redelivered',
      'is:dlq',
      'is:batch',
      'is:slow',
      'is:unconsumed topic:reports',
    ],
  },
  logic: {
    asks: 'traces',
    queries: [
      'service:shop is:error',
      'service:shop OR service:ledger',
      '-service:shop',
      '-(service:shop OR is:error) dur>1s',
      'offset:9 OR user.id:u1',
      'NOT *',
    ],
  },
  'relations-in-a-trace': {
    asks: 'traces',
    queries: [
      '{service:mailer}',
      'service:shop {service:billing is:error}',
      '-{kind:consumer} kind:producer',
      '{service:shop} > {service:billing}',
      '{service:shop} >> {service:billing}',
    ],
  },
  'relations-between-traces': {
    asks: 'traces',
    queries: [
      '{service:shop} ~> {service:audit}',
      '{service:shop kind:producer} => {service:billing is:error}',
      '{order.id:k3v9x2} => {service:billing}',
      '{kind:server} > {kind:producer} => {service:billing}',
    ],
  },
  messages: {
    asks: 'messages',
    queries: [
      '',
      'topic:orders partition=3 offset in (100, 101)',
      'topic:orders is:error',
      'order.id:k3v9x2',
      'topic:orders timeout',
      'offset:5 OR timeout',
      'wait>5s',
      'is:unconsumed',
      'is:redelivered',
      '{service:mailer}',
      '{service:shop} => {service:audit}',
    ],
  },
  spans: { asks: 'spans', queries: ['', 'service:shop', 'offset:1042'] },
  histogram: { asks: 'histogram', queries: ['', 'service:shop', 'offset:1042'] },
  facets: { asks: 'facets', queries: ['', 'service:shop'] },
  'steps-of-a-search-of-traces': { asks: 'all of traces', queries: ['topic:orders'] },
  'steps-of-a-search-of-spans': { asks: 'all of spans', queries: ['{service:shop} => {service:audit}'] },
  'steps-of-a-search-of-messages': { asks: 'all of messages', queries: ['topic:orders timeout'] },
  // One trace: the engine samples several in an order of its own
  'steps-of-facets': { asks: 'all of facets', queries: ['service:ledger'] },
  'steps-of-explain': { asks: 'explain traces', queries: ['service:shop order.id:k3v9x2'] },
}

/** Ranges at the edges of what times there are. */
export const sqlRanges = {
  'one nanosecond': { startUnixNano: '1700000000000000000', endUnixNano: '1700000000000000001' },
  'nothing at all': { startUnixNano: '1700000000000000000', endUnixNano: '1700000000000000000' },
  'all of time': { startUnixNano: '0', endUnixNano: '9223372036854775807' },
  'the last minute that toStartOfMinute knows': {
    startUnixNano: '4294967220000000000',
    endUnixNano: '4294967236000000000',
  },
  'beyond the last minute that toStartOfMinute knows': {
    startUnixNano: '4294967220000000000',
    endUnixNano: '4294967236000000001',
  },
} as const
