import type { Condition } from './query.ts'

/** What each `is:` condition says of a span. */
export const conditions = {
  error: { title: 'Failed', description: 'The span has status error' },
  root: { title: 'Root', description: 'The span has no parent' },
  orphan: { title: 'Orphan', description: 'The span has a parent that is not stored' },
  unconsumed: { title: 'Never consumed', description: 'The span sent a message that nobody has received' },
  redelivered: {
    title: 'Redelivered',
    description: 'The span handled a message that had been delivered to its group before',
  },
  dlq: { title: 'Dead-lettered', description: 'The span handled a message of a dead-letter destination' },
  batch: { title: 'Batch', description: 'The span handled several messages at once' },
  slow: { title: 'Slow', description: 'The span took longer than 99 % of those with its service and name' },
} as const satisfies Record<Condition, { readonly title: string; readonly description: string }>
