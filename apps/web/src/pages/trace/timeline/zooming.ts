import type { PointerEvent, RefObject } from 'react'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { DrawnWindow } from '../../../timeline/window.ts'
import { offScreen, pan, windowBetween, zoom } from '../../../timeline/window.ts'

/** A press that moves less than this is a click, in pixels. */
const clickPx = 4

/** The width inside a scroller, and that of its scroll bar, kept up to date. */
export function useInnerWidth(scroller: RefObject<HTMLElement | null>): {
  readonly innerPx: number
  readonly scrollbarPx: number
} {
  const [widths, setWidths] = useState({ innerPx: 0, scrollbarPx: 0 })
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const measure = () =>
      setWidths({ innerPx: element.clientWidth, scrollbarPx: element.offsetWidth - element.clientWidth })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
    return () => observer.disconnect()
  }, [scroller])
  return widths
}

interface Drag {
  readonly fromPx: number
  readonly toPx: number
}

/** Zooms to what is dragged over on the lanes. A drag that began in the names, or that is a click, does nothing. */
export function useLaneDrag(
  window: DrawnWindow,
  nameWidthPx: number,
  laneWidthPx: number,
  onWindow: (window: DrawnWindow | undefined) => void,
): {
  readonly handlers: Readonly<Record<string, (event: PointerEvent<HTMLElement>) => void>>
  /** What is dragged over now, from the left edge of the rows. */
  readonly shown: { readonly leftPx: number; readonly widthPx: number } | undefined
} {
  const [drag, setDrag] = useState<Drag>()
  const placeOf = (event: PointerEvent<HTMLElement>) =>
    Math.min(
      Math.max(event.clientX - event.currentTarget.getBoundingClientRect().left - nameWidthPx, 0),
      laneWidthPx,
    )
  const far = drag !== undefined && Math.abs(drag.toPx - drag.fromPx) > clickPx
  const left = drag === undefined ? 0 : Math.min(drag.fromPx, drag.toPx)
  return {
    handlers: {
      onPointerDown: event => {
        const x = event.clientX - event.currentTarget.getBoundingClientRect().left
        if (
          event.button !== 0 ||
          event.pointerType === 'touch' ||
          x < nameWidthPx ||
          x > nameWidthPx + laneWidthPx
        )
          return
        setDrag({ fromPx: x - nameWidthPx, toPx: x - nameWidthPx })
      },
      onPointerMove: event => {
        if (drag === undefined) return
        // Only now, so that a mere click still reaches the row.
        if (far) event.currentTarget.setPointerCapture(event.pointerId)
        setDrag({ fromPx: drag.fromPx, toPx: placeOf(event) })
      },
      onPointerUp: event => {
        setDrag(undefined)
        if (drag === undefined || !far || laneWidthPx === 0) return
        const to = placeOf(event)
        const next = windowBetween(
          offScreen(window, drag.fromPx / laneWidthPx),
          offScreen(window, to / laneWidthPx),
        )
        if (next !== undefined) onWindow(next)
      },
      onPointerCancel: () => setDrag(undefined),
    },
    shown:
      far && drag !== undefined
        ? { leftPx: nameWidthPx + left, widthPx: Math.abs(drag.toPx - drag.fromPx) }
        : undefined,
  }
}

/** Zooms by pinch or Ctrl and wheel around the pointer, pans by a sideways wheel. */
export function useLaneWheel(
  scroller: RefObject<HTMLElement | null>,
  window: DrawnWindow,
  nameWidthPx: number,
  laneWidthPx: number,
  onWindow: (window: DrawnWindow) => void,
): void {
  const latest = useRef({ window, nameWidthPx, laneWidthPx, onWindow })
  latest.current = { window, nameWidthPx, laneWidthPx, onWindow }
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const turn = (event: WheelEvent) => {
      const now = latest.current
      const sideways = event.shiftKey ? event.deltaY : event.deltaX
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault()
        const x = event.clientX - element.getBoundingClientRect().left - now.nameWidthPx
        const fraction = Math.min(Math.max(x / Math.max(now.laneWidthPx, 1), 0), 1)
        now.onWindow(zoom(now.window, Math.exp(event.deltaY / 200), fraction))
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        event.preventDefault()
        now.onWindow(pan(now.window, sideways / Math.max(now.laneWidthPx, 1)))
      }
    }
    element.addEventListener('wheel', turn, { passive: false })
    return () => element.removeEventListener('wheel', turn)
  }, [scroller])
}
