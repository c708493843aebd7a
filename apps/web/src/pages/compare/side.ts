import { useQuery } from '@tanstack/react-query'
import type { TraceResponse } from '@waybill/api'
import { parseTraceId } from '@waybill/model'
import { traceQuestion } from '../../api/questions.ts'
import { RequestError } from '../../api/request.ts'

/** What is known of one of the two traces. */
export type Side =
  | { readonly state: 'none' }
  | { readonly state: 'no id'; readonly text: string }
  | { readonly state: 'reading' }
  | { readonly state: 'not stored'; readonly text: string }
  | { readonly state: 'failed'; readonly error: Error; readonly retry: () => void }
  | { readonly state: 'there'; readonly response: TraceResponse }

/** Asks for the trace that a part of the page's address names. */
export function useSide(text: string | undefined): Side {
  const traceId = text === undefined ? undefined : parseTraceId(text)
  const answer = useQuery({ ...traceQuestion(traceId ?? ''), enabled: traceId !== undefined })
  if (text === undefined) return { state: 'none' }
  if (traceId === undefined) return { state: 'no id', text }
  if (answer.data !== undefined) return { state: 'there', response: answer.data }
  if (answer.error instanceof RequestError && answer.error.status === 404)
    return { state: 'not stored', text: traceId }
  if (answer.error !== null)
    return { state: 'failed', error: answer.error, retry: () => void answer.refetch() }
  return { state: 'reading' }
}
