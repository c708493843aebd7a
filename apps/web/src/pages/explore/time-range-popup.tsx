import { Popover } from '@base-ui/react/popover'
import type { FormEvent, ReactNode } from 'react'
import { useState } from 'react'
import type { Range } from './range-text.ts'
import { timeOf, usualRanges } from './range-text.ts'
import type { ExploreChange } from './search.ts'
import { defaultLast, toLast } from './search.ts'
import './time-range.css'

/** The choice of a range, over the button that opened it: a usual one, or two times. */
export function TimeRangePopup(props: {
  readonly range: Range
  readonly anchor: HTMLElement
  readonly onChange: (change: ExploreChange) => void
  readonly onClose: () => void
}): ReactNode {
  const choose = (change: ExploreChange) => {
    props.onClose()
    props.onChange(change)
  }
  const absolute = props.range.start !== undefined || props.range.end !== undefined
  const current = absolute ? undefined : (props.range.last ?? defaultLast)
  return (
    <Popover.Root open onOpenChange={open => !open && props.onClose()}>
      <Popover.Portal>
        <Popover.Positioner anchor={props.anchor} sideOffset={6} align="end" className="time-range-place">
          <Popover.Popup
            className="popup time-range"
            aria-label="Time range"
            finalFocus={{ current: props.anchor }}
          >
            <fieldset className="time-range-last">
              <legend>Last</legend>
              {usualRanges.map(([last, text]) => (
                <button
                  key={last}
                  type="button"
                  className="btn"
                  aria-pressed={current === last}
                  onClick={() => choose(toLast(last))}
                >
                  {text}
                </button>
              ))}
            </fieldset>
            <Between range={props.range} onChange={choose} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

function Between(props: {
  readonly range: Range
  readonly onChange: (change: ExploreChange) => void
}): ReactNode {
  const [start, setStart] = useState(inputTime(props.range.start, Date.now() - 3_600_000))
  const [end, setEnd] = useState(inputTime(props.range.end, Date.now()))
  const wrong = !(Date.parse(start) < Date.parse(end))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (wrong) return
    const times = { start: new Date(start).toISOString(), end: new Date(end).toISOString() }
    props.onChange({ last: undefined, ...times })
  }
  return (
    <form className="time-range-between" onSubmit={submit}>
      <label>
        From
        <input
          type="datetime-local"
          step="1"
          value={start}
          onChange={event => setStart(event.target.value)}
        />
      </label>
      <label>
        To
        <input type="datetime-local" step="1" value={end} onChange={event => setEnd(event.target.value)} />
      </label>
      <div className="time-range-foot">
        <span className="faint">{wrong ? 'The end must be later than the start.' : zoneText()}</span>
        <button type="submit" className="btn" disabled={wrong}>
          Apply
        </button>
      </div>
    </form>
  )
}

/** A time as an input of type datetime-local takes it: in the visitor's zone, without one. */
function inputTime(text: string | undefined, otherwise: number): string {
  const at = new Date(timeOf(text) ?? otherwise)
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

function zoneText(): string {
  return new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset' })
    .formatToParts()
    .filter(part => part.type === 'timeZoneName')
    .map(part => `Times are ${part.value}`)
    .join('')
}
