import { encodeTracesJson } from '@waybill/wire/otlp'
import { seededRandom } from '../random.ts'
import type { Request } from '../requests.ts'
import { services } from './traces.ts'

const spansPerRequest = 500

/**
 * The requests of one trace of very many spans: a job whose steps call each other across five services, each span
 * with five attributes, its parent any of the hundred spans before it.
 */
export function* largeTrace(traceId: string, spanCount: number, startUnixMs: number): Iterable<Request> {
  const random = seededRandom(5)
  const spanIds = Array.from({ length: spanCount }, () => random.hex(16))
  for (let first = 0; first < spanCount; first += spansPerRequest) {
    const service = services[(first / spansPerRequest) % services.length] ?? ''
    const spans = spanIds.slice(first, first + spansPerRequest).map((spanId, place) => {
      const index = first + place
      const startNano = BigInt(startUnixMs + index) * 1_000_000n
      return {
        traceId,
        spanId,
        parentSpanId: index === 0 ? '' : spanIds[index - 1 - random.below(Math.min(index, 100))],
        name: `step ${random.below(40)}`,
        kind: 1,
        startTimeUnixNano: String(startNano),
        endTimeUnixNano: String(startNano + BigInt(1 + random.below(5_000_000))),
        attributes: [
          text('code.function.name', `import.step${random.below(40)}`),
          text('row.id', random.hex(12)),
          text('customer.tier', random.next() < 0.1 ? 'gold' : 'standard'),
          { key: 'row.count', value: { intValue: String(random.below(1000)) } },
          { key: 'row.changed', value: { boolValue: random.next() < 0.5 } },
        ],
      }
    })
    const resource = { attributes: [text('service.name', service)] }
    const body = encodeTracesJson({
      resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench' }, spans }] }],
    })
    yield { body: Buffer.from(body), spans: spans.length }
  }
}

function text(key: string, stringValue: string): unknown {
  return { key, value: { stringValue } }
}
