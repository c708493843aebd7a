import { describeMissing, formatDuration } from '@waybill/model'
import { ChevronDown, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { useEffect } from 'react'
import type { TraceModel } from '../model.ts'
import { MessageDetail } from './message-detail.tsx'
import { SpanDetail } from './span-detail.tsx'
import './panel.css'

/** All that is known of the selected row. */
export function DetailPanel(props: {
  readonly model: TraceModel
  readonly index: number
  /** Selects another row by its key; undefined closes the panel. */
  readonly onSelect: (key: string | undefined) => void
}): ReactNode {
  const { model, index, onSelect } = props
  // On a narrow screen the panel covers the lower half: the row it is about goes into the upper one.
  useEffect(() => {
    if (!matchMedia('(max-width: 900px)').matches) return
    const box = document.getElementById(`row-${index}`)?.getBoundingClientRect()
    if (box !== undefined && box.top > innerHeight * 0.4) scrollBy({ top: box.top - innerHeight * 0.25 })
  }, [index])
  const row = model.tree.rows[index]
  if (row === undefined) return null
  return (
    <aside className="panel" aria-label="Details">
      <button
        type="button"
        className="icon-btn panel-close"
        aria-label="Close the details"
        onClick={() => onSelect(undefined)}
      >
        <X size={15} aria-hidden className="on-wide" />
        <ChevronDown size={17} aria-hidden className="on-narrow" />
      </button>
      {row.kind === 'span' && <SpanDetail key={index} model={model} row={row} onSelect={onSelect} />}
      {row.kind === 'message' && <MessageDetail model={model} row={row} onSelect={onSelect} />}
      {row.kind === 'missing' && (
        <>
          <h2>Missing parent</h2>
          <p className="dim">
            <span className="mono">{row.spanId}</span> · children from {formatDuration(row.startNano)}
          </p>
          <p className="panel-text">{describeMissing(row.why)}.</p>
        </>
      )}
    </aside>
  )
}
