import { Maximize, Minus, Plus } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'
import { useEffect, useId, useRef, useState } from 'react'
import { useKeys } from '../ui/keys.ts'
import type { Rect } from './layout.ts'
import { GraphMarks } from './marks.tsx'
import type { ViewControl } from './use-view.ts'
import { useView } from './use-view.ts'
import type { Direction, Size } from './view.ts'
import { nextIn } from './view.ts'
import './graph.css'

/** A part of a graph that can be reached and pressed. */
export interface Stop {
  readonly id: string
  readonly rect: Rect
  /** All that it says, for those who listen. */
  readonly name: string
  /** What shows while it is pointed at or has the focus: a title, then lines. */
  readonly tip: readonly string[]
  readonly failed: boolean
  readonly selected: boolean
  readonly drawing: ReactNode
}

const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}
const stepPx = 120
const nothing: Rect = { x: 0, y: 0, width: 0, height: 0 }
const closer = 1.25

/**
 * A graph that is moved and zoomed. Of its stops one is reached by Tab, the others from it by arrows.
 *
 * @param props.children what is drawn below the stops: frames and lines.
 * @param props.over what is drawn above them: the lines' labels.
 */
export function GraphCanvas(props: {
  readonly label: string
  readonly size: Size
  /** Another graph than before has another name: it is shown from its beginning. */
  readonly about: string
  readonly stops: readonly Stop[]
  /** The stop that must be in sight; where it was not, it comes there. */
  readonly sought?: string | undefined
  readonly onPress: (id: string) => void
  readonly children: ReactNode
  readonly over?: ReactNode
}): ReactNode {
  const { stops, onPress } = props
  const frame = useRef<HTMLElement>(null)
  const control = useView(frame, props.size, stops[0]?.rect ?? nothing, props.about)
  const [reached, setReached] = useState<string>()
  const [shown, setShown] = useState<string>()
  const ids = useId()
  const active = stops.find(stop => stop.id === reached) ?? stops.find(stop => stop.selected) ?? stops[0]
  const { sought } = props
  const soughtRect = stops.find(stop => stop.id === sought)?.rect
  const { reveal } = control
  useEffect(() => {
    if (soughtRect !== undefined) reveal(soughtRect)
  }, [soughtRect, reveal])
  const idOf = (stop: Stop) => `${ids}${stops.indexOf(stop)}`
  const go = (to: Stop | undefined) => {
    if (to === undefined) return
    setReached(to.id)
    control.reveal(to.rect)
    document.getElementById(idOf(to))?.focus({ preventScroll: true })
  }
  useGraphKeys(stops, active, control, go, onPress)

  const press = (event: KeyboardEvent, stop: Stop) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const direction = arrows[event.key]
    if (direction !== undefined) {
      const others = stops.filter(other => other !== stop)
      const next = nextIn(
        stop.rect,
        others.map(other => other.rect),
        direction,
      )
      go(next === undefined ? undefined : others[next])
    } else if (event.key === 'Enter' || event.key === ' ') onPress(stop.id)
    else return
    event.preventDefault()
  }
  const { x, y, scale } = control.view
  // What is selected has its details beside the graph.
  const tip = stops.find(stop => stop.id === shown && !stop.selected)
  return (
    <section ref={frame} className="graph" aria-label={props.label}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be drawn in */}
      <svg width="100%" height="100%" role="group">
        <GraphMarks />
        <g transform={`translate(${x} ${y}) scale(${scale})`} data-graph>
          {props.children}
          {stops.map(stop => (
            <g key={stop.id} className="stop-group" transform={`translate(${stop.rect.x} ${stop.rect.y})`}>
              {/* The name of what lies over it says all of it, and more. */}
              <g aria-hidden>{stop.drawing}</g>
              {/* biome-ignore lint/a11y/useSemanticElements: SVG has no buttons */}
              <rect
                id={idOf(stop)}
                className="stop"
                width={stop.rect.width}
                height={stop.rect.height}
                role="button"
                tabIndex={stop === active ? 0 : -1}
                aria-label={stop.name}
                aria-pressed={stop.selected}
                onClick={() => {
                  setReached(stop.id)
                  onPress(stop.id)
                }}
                onKeyDown={event => press(event, stop)}
                onFocus={() => {
                  setReached(stop.id)
                  setShown(stop.id)
                }}
                onBlur={() => setShown(undefined)}
                onPointerEnter={() => setShown(stop.id)}
                onPointerLeave={() => setShown(undefined)}
              />
            </g>
          ))}
          {props.over}
        </g>
      </svg>
      {tip !== undefined && <Tip stop={tip} control={control} frame={frame.current} />}
      <Zoom control={control} />
    </section>
  )
}

function useGraphKeys(
  stops: readonly Stop[],
  active: Stop | undefined,
  control: ViewControl,
  go: (to: Stop | undefined) => void,
  onPress: (id: string) => void,
): void {
  const place = active === undefined ? -1 : stops.indexOf(active)
  const focused = document.activeElement?.classList.contains('stop') === true
  const failed = (direction: 1 | -1) => {
    for (let at = focused ? place + direction : place; stops[at] !== undefined; at += direction)
      if (stops[at]?.failed) return go(stops[at])
  }
  useKeys({
    title: 'Graph',
    bindings: [
      { keys: ['j'], label: 'Next', run: () => go(focused ? stops[place + 1] : active) },
      { keys: ['k'], label: 'Before', run: () => go(focused ? stops[place - 1] : active) },
      {
        keys: ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown'],
        label: 'Next that way',
        run: () => go(active),
      },
      { keys: ['Enter'], label: 'Open it', run: () => active !== undefined && onPress(active.id) },
      { keys: ['e'], label: 'Next that failed', run: () => failed(1) },
      { keys: ['E'], label: 'Failed before', run: () => failed(-1) },
      { keys: ['+', '='], label: 'Zoom in', run: () => control.zoom(closer) },
      { keys: ['-'], label: 'Zoom out', run: () => control.zoom(1 / closer) },
      { keys: ['0'], label: 'Show all of the graph', run: control.fit },
      { keys: ['a'], label: 'To the left', run: () => control.move(stepPx, 0) },
      { keys: ['d'], label: 'To the right', run: () => control.move(-stepPx, 0) },
      { keys: ['w'], label: 'Up', run: () => control.move(0, stepPx) },
      { keys: ['s'], label: 'Down', run: () => control.move(0, -stepPx) },
    ],
  })
}

function Zoom({ control }: { readonly control: ViewControl }): ReactNode {
  return (
    <div className="graph-zoom" role="toolbar" aria-label="Zoom">
      <button
        type="button"
        className="icon-btn"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => control.zoom(closer)}
      >
        <Plus size={15} aria-hidden />
      </button>
      <button
        type="button"
        className="icon-btn"
        aria-label="Zoom out"
        title="Zoom out (-)"
        onClick={() => control.zoom(1 / closer)}
      >
        <Minus size={15} aria-hidden />
      </button>
      <button
        type="button"
        className="icon-btn"
        aria-label="Fit"
        title="Show all of the graph (0)"
        onClick={control.fit}
      >
        <Maximize size={14} aria-hidden />
      </button>
    </div>
  )
}

const tipWidthPx = 320
const tipGapPx = 8

/** Says in full what a stop is: beside it, or over or under it where there is no room. */
function Tip(props: {
  readonly stop: Stop
  readonly control: ViewControl
  readonly frame: HTMLElement | null
}): ReactNode {
  const { rect, tip } = props.stop
  const { x, y, scale } = props.control.view
  const [title, ...lines] = tip
  const frameWidth = props.frame?.clientWidth ?? 0
  const [left, top] = [rect.x * scale + x, rect.y * scale + y]
  const right = left + rect.width * scale + tipGapPx
  const under = top + rect.height * scale + tipGapPx
  const side = right + tipWidthPx < frameWidth ? 'beside' : top > 120 ? 'over' : 'under'
  const bounded = Math.max(tipGapPx, Math.min(left, frameWidth - tipWidthPx - tipGapPx))
  const place = {
    beside: { left: right, top: Math.max(tipGapPx, top) },
    over: { left: bounded, top: top - tipGapPx },
    under: { left: bounded, top: under },
  }[side]
  return (
    <div className={`popup graph-tip is-${side}`} aria-hidden style={place}>
      <b>{title}</b>
      {lines.map(line => (
        <span key={line}>{line}</span>
      ))}
    </div>
  )
}
