import { decodeTraces } from '@waybill/wire/otlp'
import { encodeResource, openRequest } from '../encode/request.ts'
import type { Scope, SpanData, SpanSink } from '../span-data.ts'

/** For tests: keeps what ends, and gives it as it would be sent. */
export interface CollectingSink extends SpanSink {
  readonly spans: readonly SpanData[]
  /** The request of all spans so far, decoded. */
  request(): ReturnType<typeof decodeTraces>
}

export function collectingSink(): CollectingSink {
  const taken: { readonly scope: Scope; readonly span: SpanData }[] = []
  return {
    get spans() {
      return taken.map(({ span }) => span)
    },
    add: (scope, span) => void taken.push({ scope, span }),
    request() {
      const open = openRequest(encodeResource({ 'service.name': 'shop' }))
      for (const { scope, span } of taken) open.add(scope, span)
      return decodeTraces(open.finish())
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
