import { parseQuery } from '@waybill/query-language'
import type { FormEvent, ReactNode, RefObject } from 'react'
import { useMemo, useState } from 'react'
import type { SearchRange } from '../../api/questions.ts'
import { RequestError } from '../../api/request.ts'
import { count } from '../../ui/times.ts'
import type { QueryFault } from './query-box/fault.ts'
import type { QueryBoxHandle } from './query-box/query-box.tsx'
import { QueryBox } from './query-box/query-box.tsx'

/** The query's box, what became of it, and the button that runs it. */
export function QueryBar(props: {
  readonly query: string
  readonly range: SearchRange
  readonly error: Error | null
  readonly total: number | undefined
  readonly tookMs: number | undefined
  readonly asking: boolean
  readonly box: RefObject<QueryBoxHandle | null>
  readonly onRun: (text: string) => void
}): ReactNode {
  // What was last run with a fault in it; an edit takes it back.
  const [refused, setRefused] = useState<QueryFault>()
  const answered = useMemo(() => faultOf(props.error), [props.error])
  const fault = refused ?? answered
  const run = (text: string) => {
    const found = findFault(text)
    setRefused(found)
    if (found === undefined) props.onRun(text)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    run(props.box.current?.text() ?? props.query)
  }
  return (
    <form className="query-bar" aria-label="Search" onSubmit={submit}>
      <div className="query-place" data-fault={fault !== undefined || undefined}>
        <QueryBox
          value={props.query}
          range={props.range}
          fault={fault}
          handle={props.box}
          onRun={run}
          onEdit={() => setRefused(undefined)}
        />
        <output className="query-figures faint mono">{figures(props)}</output>
      </div>
      <button type="submit" className="btn primary">
        Run
      </button>
      {fault && (
        <p className="query-fault err" role="alert">
          {fault.message}
        </p>
      )}
    </form>
  )
}

function figures(props: {
  readonly total: number | undefined
  readonly tookMs: number | undefined
  readonly asking: boolean
}): string {
  if (props.total === undefined || props.tookMs === undefined) return props.asking ? 'searching…' : ''
  return `${count(props.total, 'trace')} in ${Math.max(Math.round(props.tookMs), 1)} ms`
}

/** The fault that the server found; it knows more than the grammar does. */
function faultOf(error: Error | null): QueryFault | undefined {
  if (!(error instanceof RequestError) || error.position === undefined) return undefined
  return { message: error.message, position: error.position }
}

/** The fault that the grammar finds, before the server is asked. A trace id is no query, and no fault. */
function findFault(text: string): QueryFault | undefined {
  try {
    parseQuery(text)
    return undefined
  } catch (error) {
    const position = (error as { readonly position?: number }).position
    return {
      message: error instanceof Error ? error.message : String(error),
      position: position ?? text.length,
    }
  }
}
