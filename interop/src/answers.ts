import { isDeepStrictEqual } from 'node:util'
import type { Story } from './story.ts'

/*
 * The same spans as the APIs of Jaeger and Zipkin give them, to the programs that were written for those.
 */

interface JaegerSpan {
  readonly spanID: string
  readonly operationName: string
  readonly references: readonly { readonly refType: string; readonly spanID: string }[]
}

interface ZipkinSpan {
  readonly id: string
  readonly parentId?: string
  readonly name?: string
}

/** Where the two APIs answer. */
export interface OtherApis {
  readonly jaeger: string
  readonly zipkin: string
}

/** What they answer otherwise than told, a line each; nothing if every span is there, below its parent. */
export async function differentAnswers(
  story: Story,
  traceIds: readonly string[],
  { jaeger, zipkin }: OtherApis,
): Promise<readonly string[]> {
  const [ofJaeger, ofZipkin] = await Promise.all([
    Promise.all(traceIds.map(id => jaegerTrace(`${jaeger}/api/traces/${id}`))),
    Promise.all(traceIds.map(id => answer<readonly ZipkinSpan[]>(`${zipkin}/api/v2/trace/${id}`))),
  ])
  const jaegerSpans = ofJaeger.flat()
  const named = jaegerSpans.map(({ spanID, operationName, references }) => ({
    id: spanID,
    name: operationName,
    parentId: references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
  }))
  const told = story.map(({ name, parent, isSharedHalf }) => line(isSharedHalf ? name : parent, name))
  // Zipkin's answer leaves the two halves of a call under one parent.
  const toldToZipkin = story.map(({ name, parent }) => line(parent, name))
  const shared = jaegerSpans.length - new Set(jaegerSpans.map(({ spanID }) => spanID)).size
  return [
    ...(shared === 0 ? [] : [`${shared} spans of Jaeger's API have the id of another`]),
    ...difference("Jaeger's API", lines(named), told),
    ...difference("Zipkin's API", lines(ofZipkin.flat()), toldToZipkin),
  ]
}

async function jaegerTrace(url: string): Promise<readonly JaegerSpan[]> {
  const { data } = await answer<{ readonly data: readonly { readonly spans: readonly JaegerSpan[] }[] }>(url)
  return data.flatMap(({ spans }) => spans)
}

async function answer<Body>(url: string): Promise<Body> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Body
}

function lines(
  spans: readonly { readonly id: string; readonly parentId?: string | undefined; readonly name?: string }[],
): readonly string[] {
  const names = new Map(spans.map(({ id, name }) => [id, name]))
  return spans.map(({ name = '', parentId }) =>
    line(parentId === undefined ? null : (names.get(parentId) ?? `unknown ${parentId}`), name),
  )
}

function line(parent: string | null, name: string): string {
  return `${parent ?? ''} > ${name}`
}

function difference(where: string, actual: readonly string[], told: readonly string[]): readonly string[] {
  if (isDeepStrictEqual(actual.toSorted(), told.toSorted())) return []
  return [`${where}: ${JSON.stringify(actual)} instead of ${JSON.stringify(told)}`]
}
