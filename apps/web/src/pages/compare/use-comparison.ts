import type { TraceResponse } from '@waybill/api'
import { useEffect, useMemo, useState } from 'react'
import type { Pieces } from '../../compare/pieces.ts'
import { oneByOne, whole } from '../../compare/pieces.ts'
import type { ComparedTrace, Comparison } from './comparison.ts'
import { compareTraces, readCompared } from './comparison.ts'

/** Up to here a comparison is there within a frame; larger ones are worked out in pieces, and keys answered between. */
const mostAtOnce = 3_000

/** What a comparison needs of a trace; undefined while it is worked out, or where there is no trace. */
export function useCompared(response: TraceResponse | undefined): ComparedTrace | undefined {
  const size = response?.trace.spans.length ?? 0
  const begin = useMemo(() => response && (() => readCompared(response)), [response])
  return useWorkedOut(begin, size)
}

/** One trace laid over the other; undefined while it is worked out, or where one of them lacks. */
export function useComparison(
  a: ComparedTrace | undefined,
  b: ComparedTrace | undefined,
): Comparison | undefined {
  const size = (a?.tree.rows.length ?? 0) + (b?.tree.rows.length ?? 0)
  const begin = useMemo(() => a && b && (() => compareTraces(a, b)), [a, b])
  return useWorkedOut(begin, size)
}

function useWorkedOut<Result>(begin: (() => Pieces<Result>) | undefined, size: number): Result | undefined {
  const atOnce = useMemo(() => (begin && size <= mostAtOnce ? whole(begin()) : undefined), [begin, size])
  const [later, setLater] = useState<{ readonly of: typeof begin; readonly result: Result }>()
  useEffect(() => {
    if (begin === undefined || size <= mostAtOnce) return
    const stopping = new AbortController()
    oneByOne(begin(), stopping.signal).then(
      result => result !== undefined && setLater({ of: begin, result }),
      // Thrown where the page is drawn: there it is caught.
      (error: unknown) =>
        setLater(() => {
          throw error
        }),
    )
    return () => stopping.abort()
  }, [begin, size])
  return atOnce ?? (later !== undefined && later.of === begin ? later.result : undefined)
}
