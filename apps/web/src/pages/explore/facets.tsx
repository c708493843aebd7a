import type { FacetsResponse } from '@waybill/api'
import { Minus } from 'lucide-react'
import type { ReactNode } from 'react'
import { Fragment, useState } from 'react'
import { asksFor, termTexts } from '../../ui/narrow.ts'
import { ServiceDot } from '../../ui/service.tsx'
import { Operations } from './operations.tsx'

type Facet = FacetsResponse['facets'][number]

/** Values shown before the visitor asks for the rest. */
const shownValues = 8

/** What the result has in common. A click narrows the query to a value, alt-click leaves the value out. */
export function Facets(props: {
  readonly facets: FacetsResponse | undefined
  readonly query: string
  readonly onToggle: (term: string) => void
  /** Takes the place of the whole query. */
  readonly onQuery: (query: string) => void
}): ReactNode {
  return (
    <aside className="facets" aria-label="What the result has in common">
      <OtherTerms facets={props.facets} query={props.query} onToggle={props.onToggle} />
      {props.facets?.facets
        .filter(facet => facet.values.length > 0)
        .map(facet => (
          <Fragment key={facet.key}>
            <FacetGroup facet={facet} query={props.query} onToggle={props.onToggle} />
            {facet.key === 'service' && <Operations query={props.query} onQuery={props.onQuery} />}
          </Fragment>
        ))}
    </aside>
  )
}

/** Terms of the query that no facet shows, such as a value that was left out: they can be taken out here. */
function OtherTerms(props: {
  readonly facets: FacetsResponse | undefined
  readonly query: string
  readonly onToggle: (term: string) => void
}): ReactNode {
  const values = props.facets?.facets.flatMap(facet => facet.values) ?? []
  const shown = new Set(values.flatMap(value => [...termTexts(value.query), ...termTexts(`-${value.query}`)]))
  const others = termTexts(props.query).filter(term => !shown.has(term))
  if (others.length === 0) return null
  return (
    <section>
      <h3>Query</h3>
      <ul>
        {others.map(term => (
          <li key={term} className="facet">
            <button
              type="button"
              aria-pressed="true"
              title="Take out of the query"
              onClick={() => props.onToggle(term)}
            >
              <span className="facet-box" data-on aria-hidden />
              <span className="facet-value mono">{term}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function FacetGroup(props: {
  readonly facet: Facet
  readonly query: string
  readonly onToggle: (term: string) => void
}): ReactNode {
  const { facet } = props
  const [all, setAll] = useState(false)
  const hidden = facet.values.length - shownValues
  return (
    <section>
      <h3>{facet.title}</h3>
      <ul>
        {(all ? facet.values : facet.values.slice(0, shownValues)).map(value => (
          <Value
            key={value.query}
            facetKey={facet.key}
            value={value}
            query={props.query}
            onToggle={props.onToggle}
          />
        ))}
      </ul>
      {hidden > 0 && (
        <button type="button" className="facet-more" onClick={() => setAll(!all)}>
          {all ? 'fewer' : `${hidden} more`}
        </button>
      )}
    </section>
  )
}

const monospaced = new Set(['topic', 'destination', 'queue', 'group'])

function Value(props: {
  readonly facetKey: string
  readonly value: Facet['values'][number]
  readonly query: string
  readonly onToggle: (term: string) => void
}): ReactNode {
  const { facetKey, value } = props
  const on = asksFor(props.query, value.query)
  const out = asksFor(props.query, `-${value.query}`)
  return (
    <li className="facet" data-out={out || undefined}>
      <button
        type="button"
        aria-pressed={on ? 'true' : out ? 'mixed' : 'false'}
        title={`${value.value} · alt-click leaves it out`}
        onClick={event => props.onToggle(event.altKey ? `-${value.query}` : value.query)}
      >
        <span className="facet-box" data-on={on || undefined} aria-hidden />
        {facetKey === 'service' && <ServiceDot name={value.value} />}
        <span className={monospaced.has(facetKey) ? 'facet-value mono' : 'facet-value'}>
          {value.value || '(none)'}
        </span>
        <span className="facet-count">{value.count.toLocaleString('en')}</span>
      </button>
      <button
        type="button"
        className="facet-out"
        aria-label={`Leave ${value.value} out`}
        aria-pressed={out}
        onClick={() => props.onToggle(`-${value.query}`)}
      >
        <Minus size={12} aria-hidden />
      </button>
    </li>
  )
}
