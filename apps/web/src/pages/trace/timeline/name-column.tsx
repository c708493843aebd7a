import type { KeyboardEvent, PointerEvent, ReactNode } from 'react'
import { useEffect, useState } from 'react'

const minPx = 120
const stepPx = 16

/** The width that the names take; less where the screen is narrow. */
export function useNameWidth(): readonly [number, (width: number) => void] {
  const [chosen, setChosen] = useState<number>()
  const [screen, setScreen] = useState(innerWidth)
  useEffect(() => {
    const measure = () => setScreen(innerWidth)
    addEventListener('resize', measure)
    return () => removeEventListener('resize', measure)
  }, [])
  const usual = screen < 700 ? screen * 0.48 : Math.min(372, screen * 0.3)
  const width = Math.round(Math.min(Math.max(chosen ?? usual, minPx), screen * 0.7))
  return [width, setChosen]
}

/** The edge of the column of names; it is dragged, or moved with the arrow keys. */
export function NameColumn(props: {
  readonly width: number
  readonly onChange: (width: number) => void
}): ReactNode {
  const move = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const left = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0
    props.onChange(event.clientX - left)
  }
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    props.onChange(props.width + (event.key === 'ArrowLeft' ? -stepPx : stepPx))
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: <hr> cannot be moved
    <div
      role="separator"
      tabIndex={0}
      className="name-edge"
      aria-label="Width of the names"
      aria-orientation="vertical"
      aria-valuenow={props.width}
      aria-valuemin={minPx}
      onPointerDown={event => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={move}
      onKeyDown={press}
    />
  )
}
