import type { PointerEvent, ReactNode } from 'react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { minimapBars } from '../../../timeline/minimap.ts'
import type { TimeScale } from '../../../timeline/scale.ts'
import { drawnAt } from '../../../timeline/scale.ts'
import type { DrawnWindow } from '../../../timeline/window.ts'
import { isWhole, windowBetween } from '../../../timeline/window.ts'
import { serviceColour } from '../../../ui/service.tsx'
import type { Row, TraceModel } from '../model.ts'

const heightPx = 44

/** The whole trace in small, with the part that the timeline shows. A drag across it chooses another part. */
export function Minimap(props: {
  readonly model: TraceModel
  readonly scale: TimeScale
  readonly window: DrawnWindow
  readonly widthPx: number
  readonly onChange: (window: DrawnWindow | undefined) => void
}): ReactNode {
  const { model, scale, window, widthPx } = props
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>()
  const ends = useMemo(() => endsOf(model.tree.rows, scale), [model, scale])
  useEffect(() => {
    if (canvas.current === null || widthPx === 0) return
    const drawing = canvas.current
    const draw = () => drawRows(drawing, model.tree.rows, ends, widthPx)
    draw()
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const chosen = new MutationObserver(draw)
    scheme.addEventListener('change', draw)
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      scheme.removeEventListener('change', draw)
      chosen.disconnect()
    }
  }, [model, ends, widthPx])

  const fractionAt = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1)
  }
  const drop = () => {
    setDrag(undefined)
    if (drag !== undefined && Math.abs(drag.to - drag.from) * widthPx > 3)
      props.onChange(windowBetween(drag.from, drag.to))
  }
  const shown =
    drag === undefined ? window : { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the timeline zoom and pan as well
    <div
      className="minimap"
      data-zoomed={!isWhole(shown) || undefined}
      onPointerDown={event => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        setDrag({ from: fractionAt(event), to: fractionAt(event) })
      }}
      onPointerMove={event => drag && setDrag({ from: drag.from, to: fractionAt(event) })}
      onPointerUp={drop}
      onPointerCancel={() => setDrag(undefined)}
      onDoubleClick={() => props.onChange(undefined)}
    >
      <canvas ref={canvas} height={heightPx} aria-hidden />
      <span
        className="minimap-window"
        style={{ left: `${shown.from * 100}%`, width: `${(shown.to - shown.from) * 100}%` }}
      />
      {!isWhole(window) && drag === undefined && (
        <button
          type="button"
          className="btn minimap-all"
          onPointerDown={event => event.stopPropagation()}
          onClick={() => props.onChange(undefined)}
        >
          Show all
        </button>
      )}
    </div>
  )
}

function endsOf(rows: readonly Row[], scale: TimeScale): Float64Array {
  const ends = new Float64Array(rows.length * 2)
  for (const [i, row] of rows.entries()) {
    ends[2 * i] = drawnAt(scale, Math.min(row.startNano, row.endNano))
    ends[2 * i + 1] = drawnAt(scale, Math.max(row.startNano, row.endNano))
  }
  return ends
}

function drawRows(
  canvas: HTMLCanvasElement,
  rows: readonly Row[],
  ends: Float64Array,
  widthPx: number,
): void {
  const density = devicePixelRatio || 1
  canvas.width = Math.round(widthPx * density)
  canvas.height = heightPx * density
  const pen = canvas.getContext('2d')
  if (pen === null) return
  pen.scale(density, density)
  const style = getComputedStyle(canvas)
  const colours = new Map<string, string>()
  for (const bar of minimapBars(ends, widthPx, heightPx)) {
    const token = tokenOf(rows[bar.row])
    let colour = colours.get(token)
    if (colour === undefined) {
      colour = resolve(canvas, token) || style.color
      colours.set(token, colour)
    }
    pen.fillStyle = colour
    pen.fillRect(bar.x, bar.y, bar.width, bar.height)
  }
}

function tokenOf(row: Row | undefined): string {
  if (row?.kind === 'message') return 'var(--wait-a)'
  if (row?.kind !== 'span') return 'var(--line-strong)'
  return row.span.status.code === 'error' ? 'var(--error)' : serviceColour(row.span.service)
}

/** The colour that a token has at this moment: a canvas knows no variables. */
function resolve(canvas: HTMLCanvasElement, token: string): string {
  canvas.style.color = token
  const { color } = getComputedStyle(canvas)
  canvas.style.color = ''
  return color
}
