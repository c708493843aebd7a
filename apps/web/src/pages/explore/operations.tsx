import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useMemo, useState } from 'react'
import { operationsQuestion } from '../../api/questions.ts'
import { operationAsked, serviceAsked, toggleOperation } from './operation-terms.ts'

/** Operations shown before the visitor asks for the rest. */
const shownOperations = 8

/** The operations of the service that the query asks for; one of them narrows the query to its spans. */
export function Operations(props: {
  readonly query: string
  readonly onQuery: (query: string) => void
}): ReactNode {
  const service = serviceAsked(props.query)
  const answer = useQuery({ ...operationsQuestion(service ?? ''), enabled: service !== undefined })
  const [all, setAll] = useState(false)
  const asked = operationAsked(props.query)
  const names = useMemo(
    () => [...new Set(answer.data?.operations.map(operation => operation.name))].toSorted(),
    [answer.data],
  )
  if (service === undefined || names.length === 0) return null
  const shown = all ? names : names.filter((name, place) => place < shownOperations || name === asked)
  return (
    <section>
      <h3>Operation of {service}</h3>
      <ul>
        {shown.map(name => (
          <li key={name} className="facet">
            <button
              type="button"
              aria-pressed={name === asked}
              title={name}
              onClick={() => props.onQuery(toggleOperation(props.query, name))}
            >
              <span className="facet-box" data-on={name === asked || undefined} aria-hidden />
              <span className="facet-value">{name || '(none)'}</span>
            </button>
          </li>
        ))}
      </ul>
      {names.length > shownOperations && (
        <button type="button" className="facet-more" onClick={() => setAll(!all)}>
          {all ? 'fewer' : `${names.length - shown.length} more`}
        </button>
      )}
    </section>
  )
}
