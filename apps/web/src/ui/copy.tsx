import { Check, Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { useEffect, useState } from 'react'

/** How long the tick stands in for the copy mark, in milliseconds. */
const shownMs = 1400

/** Copies a text to the clipboard and says so. */
export function CopyButton(props: {
  readonly text: string
  /** What is copied, for those who listen: `trace id`. */
  readonly what: string
  readonly label?: string
}): ReactNode {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), shownMs)
    return () => clearTimeout(timer)
  }, [done])
  const copy = () => {
    void writeClipboard(props.text).then(setDone)
  }
  const Icon = done ? Check : Copy
  return (
    <button
      type="button"
      className={props.label === undefined ? 'icon-btn copy' : 'btn'}
      aria-label={`Copy ${props.what}`}
      title={`Copy ${props.what}`}
      onClick={copy}
    >
      <Icon size={13} aria-hidden />
      {props.label}
      <output className="heard">{done ? 'copied' : ''}</output>
    </button>
  )
}

/** Pages served without TLS have no clipboard of their own; a selection and the old command serve them. */
async function writeClipboard(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined)
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'heard'
  document.body.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  return copied
}
