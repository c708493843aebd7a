import { useVirtualizer } from '@tanstack/react-virtual'
import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import './long-table.css'

/** The head of the table, which stays above the rows while they scroll. */
const headPx = 30

/** A table of any length, all rows equally high: only what is seen is drawn, the rest is two tall spaces. */
export function LongTable(props: {
  readonly label: string
  readonly columns: readonly { readonly title: string; readonly number?: boolean }[]
  readonly count: number
  readonly rowHeightPx: number
  /** Cells of a row, as <td>. */
  readonly cells: (index: number) => ReactNode
  /** The row that keys act on; it is scrolled to. */
  readonly selected?: number | undefined
  readonly onOpen?: (index: number) => void
}): ReactNode {
  const place = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: props.count,
    getScrollElement: () => place.current,
    estimateSize: () => props.rowHeightPx,
    overscan: 20,
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
  })
  const { selected } = props
  useEffect(() => {
    if (selected !== undefined) virtual.scrollToIndex(selected, { align: 'auto' })
  }, [selected, virtual])
  const items = virtual.getVirtualItems()
  const before = (items[0]?.start ?? headPx) - headPx
  const after = virtual.getTotalSize() - ((items.at(-1)?.end ?? headPx) - headPx)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <section ref={place} className="long-table" aria-label={props.label} tabIndex={0}>
      <table className="table" aria-rowcount={props.count + 1}>
        <thead>
          <tr>
            {props.columns.map(column => (
              <th key={column.title} scope="col" className={column.number ? 'number' : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={before} columns={props.columns.length} />
          {items.map(item => (
            <tr
              key={item.index}
              aria-rowindex={item.index + 2}
              data-selected={item.index === selected || undefined}
              style={{ height: props.rowHeightPx }}
              onClick={() => props.onOpen?.(item.index)}
            >
              {props.cells(item.index)}
            </tr>
          ))}
          <Space height={after} columns={props.columns.length} />
        </tbody>
      </table>
    </section>
  )
}

function Space(props: { readonly height: number; readonly columns: number }): ReactNode {
  if (props.height <= 0) return null
  return (
    <tr aria-hidden className="space">
      <td colSpan={props.columns} style={{ height: props.height }} />
    </tr>
  )
}
