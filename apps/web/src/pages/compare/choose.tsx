import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { TraceSummary } from '@waybill/api'
import { unixMsOf } from '@waybill/model'
import { and, compare, formatQuery, is, traceIdOf } from '@waybill/query-language'
import type { FormEvent, ReactNode } from 'react'
import { useMemo, useRef, useState } from 'react'
import type { SearchRange } from '../../api/questions.ts'
import { tracesQuestion } from '../../api/questions.ts'
import { useKeys } from '../../ui/keys.ts'
import { Candidate } from './candidate.tsx'
import type { ComparedTrace } from './comparison.ts'
import type { CompareSearch, SideName } from './search.ts'
import { changed } from './search.ts'
import type { Side } from './side.ts'
import './choose.css'

const dayMs = 86_400_000
/** How far around the other trace, and before now, others like it are looked for. */
const aroundMs = 7 * dayMs
const shownCandidates = 25

/** Asks for the trace of a side: by its id, or out of the latest that are like the other one. */
export function Choose(props: {
  readonly side: SideName
  readonly wanted: Side
  readonly other: Side
  readonly otherTrace: ComparedTrace | undefined
  readonly search: CompareSearch
}): ReactNode {
  const { side, wanted, search } = props
  const navigate = useNavigate()
  const name = side.toUpperCase()
  const take = (traceId: string) =>
    void navigate({ to: '/compare', search: changed(search, { [side]: traceId, choose: undefined }) })
  return (
    <div className="cmp-choose">
      <h1>{titleOf(wanted, name)}</h1>
      <p className="dim">{adviceOf(wanted, props.otherTrace, name)}</p>
      <IdForm name={name} onTake={take} />
      {isAwaited(props.other, props.otherTrace) ? (
        <output className="dim">reading the other trace</output>
      ) : (
        <Candidates side={side} other={props.otherTrace} search={search} onTake={take} />
      )}
    </div>
  )
}

function isAwaited({ state }: Side, trace: ComparedTrace | undefined): boolean {
  return state === 'reading' || (state === 'there' && trace === undefined)
}

function titleOf(wanted: Side, name: string): string {
  if (wanted.state === 'no id') return `Trace ${name}: “${wanted.text.slice(0, 80)}” is no trace id`
  if (wanted.state === 'not stored') return `Trace ${name}: nothing is stored of ${wanted.text}`
  return `Choose trace ${name}`
}

function adviceOf(wanted: Side, other: ComparedTrace | undefined, name: string): string {
  if (wanted.state === 'no id')
    return 'An id is 16 or 32 hex digits, as it stands in the address of a trace. Enter it again, or take another trace.'
  if (wanted.state === 'not stored')
    return `It may not have been sampled, be older than what is kept, or not have arrived yet: then ${name} fills by itself. Or take another trace.`
  return other === undefined
    ? 'Two traces are laid over each other step by step, to see how they differ.'
    : `It is laid over ${other.outline.rootService} ${other.outline.rootName}, step by step.`
}

function IdForm(props: { readonly name: string; readonly onTake: (traceId: string) => void }): ReactNode {
  const [refused, setRefused] = useState(false)
  const box = useRef<HTMLInputElement>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const traceId = pastedTraceId(box.current?.value ?? '')
    setRefused(traceId === undefined)
    if (traceId !== undefined) props.onTake(traceId)
  }
  useKeys({
    title: 'Choose a trace',
    bindings: [{ keys: ['i'], label: 'Enter an id', run: () => box.current?.focus() }],
  })
  return (
    <form className="cmp-id" onSubmit={submit}>
      <label>
        <span>Trace id or link</span>
        <input
          ref={box}
          type="text"
          className="mono"
          spellCheck={false}
          autoComplete="off"
          placeholder="4bf92f3577b34da6a3ce929d0e0e4736"
          aria-invalid={refused || undefined}
          onChange={() => setRefused(false)}
        />
      </label>
      <button type="submit" className="btn primary">
        Take as {props.name}
      </button>
      {refused && (
        <p className="err" role="alert">
          This is no trace id: 16 or 32 hex digits, a traceparent, or the link of a trace.
        </p>
      )}
    </form>
  )
}

/** The id in what was pasted: an id as the query box takes it, or the link of a trace's page. */
function pastedTraceId(text: string): string | undefined {
  return traceIdOf(text) ?? traceIdOf(/\/traces?\/([0-9a-f]{16,32})(?![0-9a-f])/i.exec(text)?.[1] ?? '')
}

function Candidates(props: {
  readonly side: SideName
  readonly other: ComparedTrace | undefined
  readonly search: CompareSearch
  readonly onTake: (traceId: string) => void
}): ReactNode {
  const { other, side } = props
  const range = useMemo(() => rangeAround(other), [other])
  const answer = useInfiniteQuery(tracesQuestion(range, 0))
  const otherId = other?.response.trace.traceId
  const found = useMemo(
    () => (answer.data?.pages[0]?.traces ?? []).filter(trace => trace.traceId !== otherId),
    [answer.data, otherId],
  ).slice(0, shownCandidates)
  const title =
    other === undefined
      ? 'The latest traces'
      : `The latest of ${other.outline.rootService} ${other.outline.rootName}`
  return (
    <section className="cmp-candidates" aria-label={title} aria-busy={answer.isPending}>
      <h2>{title}</h2>
      {answer.error !== null && <p className="err">They could not be read: {answer.error.message}</p>}
      {answer.data !== undefined && found.length === 0 && (
        <p className="dim">No other one is stored. Any trace can be compared by its id.</p>
      )}
      <ul>
        {found.map((trace: TraceSummary) => (
          <Candidate
            key={trace.traceId}
            trace={trace}
            search={changed(props.search, { [side]: trace.traceId, choose: undefined })}
          />
        ))}
      </ul>
    </section>
  )
}

/** Traces with the same root, around the other one and until now; any, where there is no other. */
function rangeAround(other: ComparedTrace | undefined): SearchRange {
  if (other === undefined) return { last: '7d' }
  const { rootService, rootName, startUnixNano, rootMissing } = other.outline
  const root = [compare('service', '=', rootService), compare('name', '=', rootName)]
  const q = formatQuery(and(rootMissing ? root : [is('root'), ...root]))
  // Rounded, so that the same question has the same address, and its answer is found again.
  const now = Math.ceil(Date.now() / 60_000) * 60_000
  const start = Math.min(Math.floor(unixMsOf(startUnixNano)), now) - aroundMs
  return { q, start: new Date(start).toISOString(), end: new Date(now).toISOString() }
}
