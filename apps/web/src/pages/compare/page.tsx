import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { Failed } from '../../shell/failures.tsx'
import { lastExplore } from '../../shell/last-explore.ts'
import { useKeys } from '../../ui/keys.ts'
import { Choose } from './choose.tsx'
import { ComparisonView } from './comparison-view.tsx'
import type { SideName } from './search.ts'
import { changed, swapped } from './search.ts'
import type { Side } from './side.ts'
import { useSide } from './side.ts'
import { useCompared, useComparison } from './use-comparison.ts'
import './compare.css'

const route = getRouteApi('/compare')

/** The page that lays two traces over each other. All that it shows is in its address. */
export function ComparePage(): ReactNode {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const a = useSide(search.a)
  const b = useSide(search.b)
  useEffect(() => {
    document.title = 'Compare · Waybill'
  }, [])
  const leave = () => {
    if (search.choose !== undefined)
      void navigate({ search: changed(search, { choose: undefined }), replace: true })
    else void navigate({ to: '/', search: lastExplore() })
  }
  useKeys({
    title: 'Compare',
    bindings: [
      {
        keys: ['x'],
        label: 'Swap A and B',
        run: () => void navigate({ search: swapped(search), replace: true }),
      },
      { keys: ['Escape'], label: 'Back to the result', run: leave },
    ],
  })
  const readA = useCompared(responseOf(a))
  const readB = useCompared(responseOf(b))
  const comparison = useComparison(readA, readB)

  for (const [name, side] of [['a', a] as const, ['b', b] as const])
    if (side.state === 'failed')
      return (
        <Failed
          what={`Trace ${name.toUpperCase()} could not be read`}
          error={side.error}
          retry={side.retry}
        />
      )
  const wanted = search.choose ?? toChoose(a, b)
  if (wanted !== undefined)
    return (
      <Choose
        side={wanted}
        wanted={wanted === 'a' ? a : b}
        other={wanted === 'a' ? b : a}
        otherTrace={wanted === 'a' ? readB : readA}
        search={search}
      />
    )
  if (comparison === undefined)
    return (
      <div className="cmp-waiting" aria-busy="true">
        <output className="heard">reading the traces</output>
        <i />
        <i />
        <i />
      </div>
    )
  return <ComparisonView comparison={comparison} search={search} />
}

/** The side that lacks a trace, A first. */
function toChoose(a: Side, b: Side): SideName | undefined {
  const lacks = ({ state }: Side) => state === 'none' || state === 'no id' || state === 'not stored'
  return lacks(a) ? 'a' : lacks(b) ? 'b' : undefined
}

function responseOf(side: Side) {
  return side.state === 'there' ? side.response : undefined
}
