import { useQueries, useQuery } from '@tanstack/react-query'
import type { Waits } from '@waybill/api'
import { parseDuration } from '@waybill/model'
import { useMemo } from 'react'
import type { TimeSpan } from '../../api/questions.ts'
import { dependenciesQuestion, flowQuestion, servicesQuestion, waitsQuestion } from '../../api/questions.ts'
import { count } from '../../ui/times.ts'
import { timeOf } from '../explore/range-text.ts'
import type { ServiceMap } from './model.ts'
import { readMap } from './model.ts'

/** Waiting times are asked for so many destinations, those with the most messages: each is a question. */
const mostWaits = 24

export type MapAnswer =
  | { readonly state: 'waiting' }
  | { readonly state: 'failed'; readonly error: Error; readonly retry: () => void }
  | {
      readonly state: 'there'
      readonly map: ServiceMap
      /** What the map does not tell. */
      readonly notes: readonly string[]
      readonly retry: () => void
    }

/** Asks for all that a map is made of. It is there as soon as its lines are; waiting times come in later. */
export function useMap(range: TimeSpan): MapAnswer {
  const dependencies = useQuery(dependenciesQuestion(range))
  const flow = useQuery(flowQuestion(range))
  const requests = useQuery(servicesQuestion(range, 'server'))
  const messages = useQuery(servicesQuestion(range, 'consumer'))
  const received = useMemo(() => receivedDestinations(flow.data?.routes ?? []), [flow.data])
  const waits = useQueries({
    queries: received.slice(0, mostWaits).map(destination => waitsQuestion(range, destination)),
    combine: results => ({
      known: results.flatMap(({ data }) => (data === undefined ? [] : [data])),
      failed: results.filter(({ isError }) => isError).length,
    }),
  })
  const { known } = waits
  const map = useMemo(() => {
    const answers = [dependencies.data, flow.data, requests.data, messages.data] as const
    const [ofDependencies, ofFlow, ofRequests, ofMessages] = answers
    if (!ofDependencies || !ofFlow || !ofRequests || !ofMessages) return undefined
    return readMap({
      dependencies: ofDependencies,
      flow: ofFlow,
      requests: ofRequests,
      messages: ofMessages,
      waits: new Map(known.map(({ destination, waits }): [string, readonly Waits[]] => [destination, waits])),
      seconds: secondsOf(range),
    })
  }, [dependencies.data, flow.data, requests.data, messages.data, known, range])

  const all = [dependencies, flow, requests, messages]
  const retry = () => {
    for (const one of all) void one.refetch()
  }
  const error = all.find(one => one.error !== null)?.error
  if (map === undefined) return error ? { state: 'failed', error, retry } : { state: 'waiting' }
  const notes = [
    ...(dependencies.data?.sampled ? ['calls are counted in some of the traces and stand for all'] : []),
    ...(received.length > mostWaits
      ? [`waiting times of the ${mostWaits} destinations with the most messages`]
      : []),
    ...(waits.failed > 0 ? [`waiting times of ${count(waits.failed, 'destination')} could not be read`] : []),
  ]
  return { state: 'there', map, notes, retry }
}

function receivedDestinations(
  routes: readonly { readonly destination: string; readonly operation: string; readonly messages: number }[],
): readonly string[] {
  const counts = new Map<string, number>()
  for (const { destination, operation, messages } of routes)
    if (destination !== '' && (operation === 'receive' || operation === 'process'))
      counts.set(destination, (counts.get(destination) ?? 0) + messages)
  return [...counts].sort((a, b) => b[1] - a[1]).map(([destination]) => destination)
}

/** How long a range is; an end that is not said is now. */
function secondsOf({ last, start, end }: TimeSpan): number {
  const lastNano = last === undefined ? undefined : parseDuration(last)
  if (lastNano !== undefined) return Math.max(1, lastNano / 1e9)
  const to = timeOf(end) ?? Date.now()
  const from = timeOf(start) ?? to - 3_600_000
  return Math.max(1, (to - from) / 1000)
}
