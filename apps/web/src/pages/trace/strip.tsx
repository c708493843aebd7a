import type { TimeShare, TimeShareKind } from '@waybill/model'
import { formatDuration } from '@waybill/model'
import type { ReactNode } from 'react'

const kinds: Readonly<Record<TimeShareKind, { readonly text: string; readonly colour: string }>> = {
  processing: { text: 'processing', colour: 'var(--ink-2)' },
  waiting: { text: 'waiting in queues', colour: '' },
  sending: { text: 'sending', colour: 'color-mix(in srgb, var(--ink-2) 55%, var(--panel))' },
  calling: { text: 'calls to others', colour: 'var(--line-strong)' },
  unknown: { text: 'no span running', colour: 'var(--sunk)' },
}

/** Where the time went, as one line of shares, each named below it. */
export function Strip({ shares }: { readonly shares: readonly TimeShare[] }): ReactNode {
  const total = shares.reduce((sum, share) => sum + share.nano, 0)
  if (total === 0) return null
  return (
    <div className="strip">
      <div className="strip-line" aria-hidden>
        {shares.map(({ kind, nano }) => (
          <i
            key={kind}
            className={kind === 'waiting' ? 'wait' : undefined}
            style={{ flexGrow: nano / total, ...(kind !== 'waiting' && { background: kinds[kind].colour }) }}
          />
        ))}
      </div>
      <ul className="strip-legend">
        {shares.map(({ kind, nano }) => (
          <li key={kind}>
            <i
              className={kind === 'waiting' ? 'wait' : undefined}
              style={kind === 'waiting' ? undefined : { background: kinds[kind].colour }}
            />
            {kinds[kind].text} {formatDuration(nano)}
          </li>
        ))}
      </ul>
    </div>
  )
}
