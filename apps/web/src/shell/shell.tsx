import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { lazy, Suspense, useState } from 'react'
import { useKeys } from '../ui/keys.ts'
import { askForQuery, lastExplore } from './last-explore.ts'
import { Mark } from './mark.tsx'
import { ThemeButton } from './theme-button.tsx'
import { TopBarPlace } from './top-bar.tsx'
import './shell.css'

const KeysDialog = lazy(() => import('./keys-dialog.tsx').then(module => ({ default: module.KeysDialog })))

/** `?embed` shows a page in a frame of another site, without the bar. */
const embedded = new URLSearchParams(location.search).has('embed')

/** The frame around every page: name, pages, keys, theme. */
export function Shell(): ReactNode {
  const [keysOpen, setKeysOpen] = useState(false)
  const [place, setPlace] = useState<HTMLElement | null>(null)
  const navigate = useNavigate()
  // Drawn anew on every way, so that the link to Explore leads to what it showed last.
  useLocation()
  const search = () => {
    askForQuery()
    void navigate({ to: '/', search: lastExplore() })
  }
  useKeys({
    title: 'Everywhere',
    bindings: [
      { keys: ['/'], label: 'Go to the query', run: search },
      { keys: ['?'], label: 'All keys', run: () => setKeysOpen(true) },
      {
        keys: ['g e'],
        label: 'Explore',
        run: () => void navigate({ to: '/', search: lastExplore() }),
      },
      { keys: ['g m'], label: 'Map', run: () => void navigate({ to: '/map', search: {} }) },
    ],
  })
  return (
    <TopBarPlace value={place}>
      {/* No link: <base> would make `#main` an address of another page. */}
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      {!embedded && <TopBar onSearch={search} onKeys={() => setKeysOpen(true)} place={setPlace} />}
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense>{keysOpen && <KeysDialog open onOpenChange={setKeysOpen} />}</Suspense>
    </TopBarPlace>
  )
}

function TopBar(props: {
  readonly onSearch: () => void
  readonly onKeys: () => void
  /** Takes the place that belongs to the page. */
  readonly place: (place: HTMLElement | null) => void
}): ReactNode {
  return (
    <header className="top">
      <Link to="/" className="brand">
        <Mark />
        <b>Waybill</b>
      </Link>
      <nav aria-label="Pages">
        <Link
          to="/"
          search={lastExplore()}
          activeOptions={{ includeSearch: false }}
          activeProps={{ className: 'here' }}
        >
          Explore
        </Link>
        <Link
          to="/map"
          search={{}}
          activeOptions={{ includeSearch: false }}
          activeProps={{ className: 'here' }}
        >
          Map
        </Link>
      </nav>
      <span className="grow" />
      <button type="button" className="keys-hint" onClick={props.onSearch}>
        <kbd>/</kbd> search
      </button>
      <button type="button" className="keys-hint" onClick={props.onKeys}>
        <kbd>?</kbd> keys
      </button>
      <ThemeButton />
      <div className="top-place" ref={props.place} />
    </header>
  )
}
