import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { RequestError } from '../api/request.ts'

/** An address that no page answers to. */
export function UnknownPage(): ReactNode {
  return (
    <div className="notice">
      <h2>There is no page at this address</h2>
      <p className="dim">The link may be older than the page, or cut off at its end.</p>
      <div className="actions">
        <Link to="/" className="btn">
          Explore
        </Link>
      </div>
    </div>
  )
}

/** A page that could not be drawn: a part of the application did not load, or has a fault. */
export function CrashedPage(props: { readonly error: unknown; readonly reset: () => void }): ReactNode {
  const message = props.error instanceof Error ? props.error.message : String(props.error)
  return (
    <div className="notice" role="alert">
      <h2>This page could not be drawn</h2>
      <p className="dim">
        The server may have been replaced by a newer one since the page was opened: loading it again helps
        then.
      </p>
      <p className="mono faint">{message}</p>
      <div className="actions">
        <button type="button" className="btn primary" onClick={() => location.reload()}>
          Load again
        </button>
      </div>
    </div>
  )
}

/** A request that failed: what happened, what to do, and a way to try again. */
export function Failed(props: {
  readonly error: Error
  readonly what: string
  readonly retry?: () => void
}): ReactNode {
  const advice = props.error instanceof RequestError ? props.error.advice : ''
  return (
    <div className="notice" role="alert">
      <h2>{props.what}</h2>
      <p>{props.error.message}</p>
      {advice !== '' && <p className="dim">{advice}</p>}
      {props.retry && (
        <div className="actions">
          <button type="button" className="btn" onClick={props.retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  )
}
