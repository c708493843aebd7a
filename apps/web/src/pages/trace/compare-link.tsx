import { Link, useNavigate } from '@tanstack/react-router'
import { GitCompareArrows } from 'lucide-react'
import type { ReactNode } from 'react'
import { useKeys } from '../../ui/keys.ts'

/** Leads to the comparison with another trace, which is asked for there. */
export function CompareLink({ traceId }: { readonly traceId: string }): ReactNode {
  const navigate = useNavigate()
  useKeys({
    title: 'This trace',
    bindings: [
      {
        keys: ['c'],
        label: 'Compare it with another trace',
        run: () => void navigate({ to: '/compare', search: { a: traceId } }),
      },
    ],
  })
  return (
    <Link
      to="/compare"
      search={{ a: traceId }}
      className="btn compare-link"
      title="Compare with another trace · c"
    >
      <GitCompareArrows size={13} aria-hidden /> <span>Compare</span>
    </Link>
  )
}
