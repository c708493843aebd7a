import type { ReactNode, RefObject } from 'react'
import type { TraceModel } from './model.ts'
import type { TraceSearch } from './search.ts'
import type { TraceChange } from './state.ts'

/** What narrows and changes the timeline: the filter, the critical path, the folding of gaps. */
export function Tools(props: {
  readonly model: TraceModel
  readonly state: TraceSearch
  readonly onChange: (change: TraceChange) => void
  readonly filterBox: RefObject<HTMLInputElement | null>
}): ReactNode {
  const { state, onChange } = props
  return (
    <div className="tools">
      <label className="filter">
        <span className="heard">Filter spans</span>
        <input
          ref={props.filterBox}
          type="search"
          placeholder="Filter spans"
          title="Words that spans must have; - before a word leaves out what has it; is:error finds what failed"
          value={state.filter ?? ''}
          onChange={event => onChange({ filter: event.target.value })}
          onKeyDown={event => {
            if (event.key === 'Escape' && state.filter !== undefined) onChange({ filter: undefined })
            if (event.key === 'Escape' || event.key === 'Enter') event.currentTarget.blur()
          }}
        />
        {state.filter === undefined && <kbd aria-hidden>f</kbd>}
      </label>
      <button
        type="button"
        className="btn"
        aria-pressed={state.path !== 'off'}
        title="Underline what the end of the trace waited for, through queues"
        onClick={() => onChange({ path: state.path === 'off' ? undefined : 'off' })}
      >
        Critical path
      </button>
      {props.model.gaps.length > 0 && (
        <button
          type="button"
          className="btn"
          aria-pressed={state.fold !== 'off'}
          title="Draw stretches in which nothing happens short"
          onClick={() => onChange({ fold: state.fold === 'off' ? undefined : 'off' })}
        >
          Fold gaps
        </button>
      )}
    </div>
  )
}
