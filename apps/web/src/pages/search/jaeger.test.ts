import { describe, expect, it } from 'vitest'
import { fromJaegerSearch } from './jaeger.ts'

describe('fromJaegerSearch', () => {
  it('reads what Jaeger writes into its links', () => {
    const search = {
      service: 'report-api',
      operation: 'POST /api/report',
      tags: '{"http.status_code":"500","error":"true"}',
      lookback: '2d',
      minDuration: '100ms',
      maxDuration: '1.2s',
      limit: '20',
      start: '1763715731408000',
      end: '1763719331408000',
    }
    expect(fromJaegerSearch(search)).toEqual({
      q: 'service:report-api name:"POST /api/report" http.status_code:"500" error:true dur>=100ms dur<=1200ms',
      last: '2d',
    })
  })

  it('takes start and end for a custom range', () => {
    const range = fromJaegerSearch({ lookback: 'custom', start: '1763715731408000', end: '1763719331408000' })
    expect(range).toEqual({ start: '2025-11-21T09:02:11.408Z', end: '2025-11-21T10:02:11.408Z' })
  })

  it('reads tags as people type them', () => {
    expect(fromJaegerSearch({ tags: 'order.id=17 note="two words"' }).q).toBe(
      'order.id:"17" note:"two words"',
    )
    expect(fromJaegerSearch({ tag: 'order.id:17' }).q).toBe('order.id:"17"')
  })

  it('asks for nothing where the link says nothing', () => {
    expect(fromJaegerSearch({})).toEqual({})
    expect(
      fromJaegerSearch({ service: 'all', operation: 'all', lookback: 'x', minDuration: 'soon' }),
    ).toEqual({})
  })
})
