import { ChevronDown } from 'lucide-react'
import type { ReactNode } from 'react'
import { lazy, Suspense, useRef, useState } from 'react'
import type { Range } from './range-text.ts'
import { rangeText } from './range-text.ts'
import type { ExploreChange } from './search.ts'

const TimeRangePopup = lazy(() =>
  import('./time-range-popup.tsx').then(module => ({ default: module.TimeRangePopup })),
)

/** Says which time is searched; a press opens the choice of another. */
export function TimeRange(props: {
  readonly range: Range
  readonly onChange: (change: ExploreChange) => void
}): ReactNode {
  const button = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        ref={button}
        type="button"
        className="btn"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={`Time range: ${rangeText(props.range)}`}
        onClick={() => setOpen(!open)}
      >
        {rangeText(props.range)}
        <ChevronDown size={13} aria-hidden />
      </button>
      <Suspense>
        {open && button.current !== null && (
          <TimeRangePopup
            range={props.range}
            anchor={button.current}
            onChange={props.onChange}
            onClose={() => setOpen(false)}
          />
        )}
      </Suspense>
    </>
  )
}
