/** The few questions of Jaeger's JSON API that every server of a bench answers. */
export interface JaegerQuestions {
  readonly services: string
  /** The newest twenty traces of a service. */
  readonly byService: string
  readonly byId: string
  readonly byTag: string
}

/** URLs of the questions, over a range that holds everything sent. */
export function jaegerQuestions(
  base: string,
  range: { readonly startUnixMs: number; readonly endUnixMs: number },
  traceId: string,
  tag: { readonly service: string; readonly key: string; readonly value: string },
): JaegerQuestions {
  const between = `start=${range.startUnixMs * 1000}&end=${range.endUnixMs * 1000}&limit=20`
  const tags = encodeURIComponent(JSON.stringify({ [tag.key]: tag.value }))
  return {
    services: `${base}/api/services`,
    byService: `${base}/api/traces?service=billing&${between}`,
    byId: `${base}/api/traces/${traceId}`,
    byTag: `${base}/api/traces?service=${tag.service}&tags=${tags}&${between}`,
  }
}

/** How many spans a server has of a trace; 0 while it has none. */
export async function spansOf(base: string, traceId: string): Promise<number> {
  const answer = await fetch(`${base}/api/traces/${traceId}`)
  const body = (await answer.json().catch(() => ({}))) as {
    readonly data?: readonly { readonly spans: readonly unknown[] }[]
  }
  return answer.ok ? (body.data?.[0]?.spans.length ?? 0) : 0
}

/** Asks the same question again and again. @returns the times in milliseconds, sorted. */
export async function timeQuestion(url: string, times: number): Promise<readonly number[]> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) {
    const startMs = performance.now()
    const answer = await fetch(url)
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
    taken.push(performance.now() - startMs)
  }
  return taken.sort((a, b) => a - b)
}

/** The value below which the given share of sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
