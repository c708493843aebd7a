import type { Span, Trace } from '@waybill/model'
import { traceTree } from '@waybill/model'
import { describe, expect, it } from 'vitest'
import { span } from '../test-spans.ts'
import { filterRows, parseFilter } from './filter.ts'

describe('parseFilter', () => {
  it('tells words, quoted texts and what is to be left out apart', () => {
    expect(parseFilter('POST "card declined" -audit -"GET /health"')).toEqual({
      wanted: ['post', 'card declined'],
      unwanted: ['audit', 'get /health'],
    })
  })

  it('asks for nothing where nothing is said', () => {
    expect(parseFilter('  ')).toBeUndefined()
    expect(parseFilter('-')).toBeUndefined()
    expect(parseFilter('""')).toBeUndefined()
  })
})

describe('filterRows', () => {
  const spans: readonly Span[] = [
    span({ spanId: '01', name: 'POST /orders', service: 'shop' }),
    span({ spanId: '02', parentSpanId: '01', name: 'send orders', service: 'shop' }),
    span({
      spanId: '03',
      parentSpanId: '02',
      name: 'charge',
      service: 'billing',
      attributes: [{ key: 'http.response.status_code', value: { intValue: '402' } }],
      status: { code: 'error', message: 'declined' },
    }),
    span({ spanId: '04', parentSpanId: '01', name: 'audit', service: 'audit' }),
  ]
  const { rows } = traceTree({ spans } satisfies Pick<Trace, 'spans'>)
  const states = (text: string) => {
    const filter = parseFilter(text)
    return filter === undefined ? [] : [...filterRows(rows, filter)]
  }

  it('keeps what a match hangs under', () => {
    expect(states('charge')).toEqual([1, 1, 2, 0])
  })

  it('finds attributes, errors and services', () => {
    expect(states('status_code=402')).toEqual([1, 1, 2, 0])
    expect(states('is:error')).toEqual([1, 1, 2, 0])
    expect(states('shop')).toEqual([2, 2, 0, 0])
  })

  it('leaves out what is not wanted', () => {
    expect(states('-audit')).toEqual([2, 2, 2, 0])
    expect(states('shop -send')).toEqual([2, 0, 0, 0])
    expect(states('nothing has this')).toEqual([0, 0, 0, 0])
  })
})
