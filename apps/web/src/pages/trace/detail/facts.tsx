import { Link } from '@tanstack/react-router'
import type { AnyValue, Attributes } from '@waybill/model'
import { displayValue } from '@waybill/model'
import type { Query } from '@waybill/query-language'
import { compare } from '@waybill/query-language'
import { Search } from 'lucide-react'
import type { ReactNode } from 'react'
import { Fragment } from 'react'
import { lastExplore } from '../../../shell/last-explore.ts'
import { CopyButton } from '../../../ui/copy.tsx'
import { narrow } from '../../../ui/narrow.ts'

/** A name and a value; `query` finds other spans with the same value. */
export interface Fact {
  readonly name: string
  readonly value: string
  readonly query?: Query
  readonly failed?: boolean
}

/** Facts under a heading; nothing where there are none. */
export function Facts(props: {
  readonly title: string
  readonly facts: readonly Fact[]
  /** Shown when it is asked for only. */
  readonly folded?: boolean
  readonly children?: ReactNode
}): ReactNode {
  if (props.facts.length === 0) return null
  if (props.folded)
    return (
      <details className="facts">
        <summary>
          <h3>{props.title}</h3> <small>{props.facts.length}</small>
        </summary>
        <FactList facts={props.facts} />
      </details>
    )
  return (
    <section className="facts">
      <h3>{props.title}</h3>
      <FactList facts={props.facts} />
      {props.children}
    </section>
  )
}

function FactList({ facts }: { readonly facts: readonly Fact[] }): ReactNode {
  return (
    <dl>
      {facts.map((fact, i) => (
        <FactRow key={`${i} ${fact.name}`} fact={fact} />
      ))}
    </dl>
  )
}

function FactRow({ fact }: { readonly fact: Fact }): ReactNode {
  return (
    <div className="fact">
      <dt>{breakable(fact.name)}</dt>
      <dd data-failed={fact.failed || undefined}>
        {fact.value === '' ? <span className="faint">empty</span> : fact.value}
        <span className="fact-tools">
          <CopyButton text={fact.value} what={fact.name} />
          {fact.query && <AddToQuery term={fact.query} what={`${fact.name}: ${fact.value}`} />}
        </span>
      </dd>
    </div>
  )
}

/** Long names break behind a dot, not in the middle of a word. */
function breakable(name: string): ReactNode {
  return name.split(/(?<=[._])/).map((part, i) => (
    <Fragment key={`${i} ${part}`}>
      {part}
      <wbr />
    </Fragment>
  ))
}

function AddToQuery(props: { readonly term: Query; readonly what: string }): ReactNode {
  const before = lastExplore()
  return (
    <Link
      to="/"
      search={{ ...before, q: narrow(before.q ?? '', props.term) }}
      className="icon-btn"
      aria-label={`Add to the query: ${props.what}`}
      title="Add to the query"
    >
      <Search size={13} aria-hidden />
    </Link>
  )
}

/** Values longer than this are no use in a query, and some browsers cut long addresses. */
const longestInQuery = 500

/** Attributes as facts. */
export function factsOf(attributes: Attributes): readonly Fact[] {
  return attributes.map(({ key, value }) => {
    const text = displayValue(value)
    return {
      name: key,
      value: text,
      ...(isPlain(value) && text.length <= longestInQuery && { query: compare(key, '=', text) }),
      failed: isFailure(key, text),
    }
  })
}

function isPlain(value: AnyValue): boolean {
  return (
    !('arrayValue' in value) &&
    !('kvlistValue' in value) &&
    !('bytesValue' in value) &&
    Object.keys(value).length > 0
  )
}

function isFailure(key: string, text: string): boolean {
  if (key === 'http.response.status_code' || key === 'http.status_code') return Number(text) >= 400
  return key === 'error.type' || (key === 'error' && text !== 'false')
}
