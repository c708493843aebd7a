import { useState } from 'react'

/** The row that keys move and Enter opens. */
export function useSelection(length: number): {
  readonly index: number | undefined
  readonly move: (by: number) => void
} {
  const [index, setIndex] = useState<number>()
  const move = (by: number) =>
    setIndex(before => {
      if (length === 0) return undefined
      if (before === undefined) return by > 0 ? 0 : length - 1
      return Math.min(Math.max(before + by, 0), length - 1)
    })
  return { index: index !== undefined && index < length ? index : undefined, move }
}
