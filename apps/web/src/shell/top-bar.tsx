import type { ReactNode } from 'react'
import { createContext, useContext } from 'react'
import { createPortal } from 'react-dom'

/** The place in the top bar that belongs to the page, once the bar is drawn. */
export const TopBarPlace = createContext<HTMLElement | null>(null)

/** Draws a page's own control in the top bar, such as the time range. */
export function InTopBar(props: { readonly children: ReactNode }): ReactNode {
  const place = useContext(TopBarPlace)
  return place === null ? null : createPortal(props.children, place)
}
