import type { RefObject } from 'react'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Point, Rect } from './layout.ts'
import type { Size, View } from './view.ts'
import { firstView, pan, reveal, wholeView, zoomAt } from './view.ts'

/** The view of a graph, and the ways to change it. */
export interface ViewControl {
  readonly view: View
  /** Closer by a factor, around a point of the frame or its middle. */
  readonly zoom: (factor: number, at?: Point) => void
  readonly move: (dx: number, dy: number) => void
  readonly fit: () => void
  readonly reveal: (rect: Rect) => void
}

/** A step of the wheel in lines or pages, in pixels. */
const stepPx = [1, 16, 400] as const
/** Pointers that moved less have pressed, not dragged. */
const dragPx = 4

/**
 * Keeps the view of a graph in a frame: moved by dragging, two fingers or the wheel, zoomed by pinching or the
 * wheel with ctrl. It shows what it can of the graph until somebody has moved it.
 *
 * @param first where the graph begins.
 * @param about names the graph: another one is shown from its beginning.
 */
export function useView(
  frame: RefObject<HTMLElement | null>,
  graph: Size,
  first: Rect,
  about: string,
): ViewControl {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 1 })
  const moved = useRef('')
  const frameSize = useCallback(
    (): Size => ({
      width: frame.current?.clientWidth ?? 0,
      height: frame.current?.clientHeight ?? 0,
    }),
    [frame],
  )
  const { width, height } = graph
  const beginning = useRef(first)
  beginning.current = first
  useLayoutEffect(() => {
    const show = () => {
      if (moved.current !== about) setView(firstView({ width, height }, frameSize(), beginning.current))
    }
    show()
    const observer = new ResizeObserver(show)
    if (frame.current !== null) observer.observe(frame.current)
    return () => observer.disconnect()
  }, [frame, frameSize, width, height, about])

  const change = useCallback(
    (next: (before: View) => View) => {
      moved.current = about
      setView(next)
    },
    [about],
  )
  const zoom = useCallback(
    (factor: number, at?: Point) => {
      const size = frameSize()
      change(before => zoomAt(before, factor, at ?? { x: size.width / 2, y: size.height / 2 }))
    },
    [change, frameSize],
  )
  const move = useCallback(
    (dx: number, dy: number) => change(before => pan(before, dx, dy, { width, height }, frameSize())),
    [change, frameSize, width, height],
  )
  const control: ViewControl = {
    view,
    zoom,
    move,
    fit: () => change(() => wholeView({ width, height }, frameSize())),
    reveal: useCallback(
      rect =>
        setView(before => {
          const next = reveal(before, rect, frameSize())
          if (next.x !== before.x || next.y !== before.y) moved.current = about
          return next
        }),
      [about, frameSize],
    ),
  }
  useWheel(frame, zoom, move)
  useDrag(frame, zoom, move)
  return control
}

function useWheel(
  frame: RefObject<HTMLElement | null>,
  zoom: ViewControl['zoom'],
  move: ViewControl['move'],
): void {
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const turn = (event: WheelEvent) => {
      event.preventDefault()
      const step = stepPx[event.deltaMode as 0 | 1 | 2] ?? 1
      const { left, top } = element.getBoundingClientRect()
      if (event.ctrlKey || event.metaKey)
        zoom(Math.exp((-event.deltaY * step) / 240), { x: event.clientX - left, y: event.clientY - top })
      else if (event.shiftKey && event.deltaX === 0) move(-event.deltaY * step, 0)
      else move(-event.deltaX * step, -event.deltaY * step)
    }
    // React listens passively, and the page would scroll beneath the graph.
    element.addEventListener('wheel', turn, { passive: false })
    return () => element.removeEventListener('wheel', turn)
  }, [frame, zoom, move])
}

function useDrag(
  frame: RefObject<HTMLElement | null>,
  zoom: ViewControl['zoom'],
  move: ViewControl['move'],
): void {
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    const pointers = new Map<number, Point>()
    let dragging = false
    const down = (event: PointerEvent) => {
      if (event.button !== 0 || (event.target as Element).closest('button') !== null) return
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
      dragging = false
    }
    const drag = (event: PointerEvent) => {
      const before = pointers.get(event.pointerId)
      if (before === undefined) return
      const now = { x: event.clientX, y: event.clientY }
      if (!dragging && pointers.size === 1 && Math.hypot(now.x - before.x, now.y - before.y) < dragPx) return
      // Captured no earlier: a press on a node has to reach the node.
      if (!dragging) element.setPointerCapture(event.pointerId)
      dragging = true
      element.dataset['dragging'] = ''
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId)
      if (other !== undefined) pinch(element, before, now, other[1], zoom)
      move((now.x - before.x) / pointers.size, (now.y - before.y) / pointers.size)
      pointers.set(event.pointerId, now)
    }
    const up = (event: PointerEvent) => {
      pointers.delete(event.pointerId)
      if (pointers.size === 0) delete element.dataset['dragging']
    }
    // What ends a drag is no press on what lies below the pointer.
    const click = (event: MouseEvent) => {
      if (!dragging) return
      dragging = false
      event.stopPropagation()
    }
    element.addEventListener('pointerdown', down)
    element.addEventListener('pointermove', drag)
    element.addEventListener('pointerup', up)
    element.addEventListener('pointercancel', up)
    element.addEventListener('click', click, { capture: true })
    return () => {
      element.removeEventListener('pointerdown', down)
      element.removeEventListener('pointermove', drag)
      element.removeEventListener('pointerup', up)
      element.removeEventListener('pointercancel', up)
      element.removeEventListener('click', click, { capture: true })
    }
  }, [frame, zoom, move])
}

function pinch(
  element: HTMLElement,
  before: Point,
  now: Point,
  other: Point,
  zoom: ViewControl['zoom'],
): void {
  const apart = (point: Point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y))
  const { left, top } = element.getBoundingClientRect()
  zoom(apart(now) / apart(before), { x: (now.x + other.x) / 2 - left, y: (now.y + other.y) / 2 - top })
}
