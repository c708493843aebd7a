import { Download, ExternalLink } from 'lucide-react'
import type { ReactNode } from 'react'
import { useMemo } from 'react'
import { apiAddress } from '../../api/request.ts'
import { CopyButton } from '../../ui/copy.tsx'
import type { TraceModel } from './model.ts'
import { otlpJson } from './otlp-json.ts'

/** More text than this is not drawn: it would freeze the page, and nobody reads it there. */
const shownCharacters = 400_000

/** The trace as JSON: in OTLP's form here, in Jaeger's behind a link; both to download. */
export function JsonTab({ model }: { readonly model: TraceModel }): ReactNode {
  const { trace } = model.response
  const text = useMemo(() => JSON.stringify(otlpJson(trace), undefined, 2), [trace])
  const jaeger = apiAddress(`/api/traces/${trace.traceId}`)
  const download = () => {
    const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    const link = document.createElement('a')
    link.href = address
    link.download = `${trace.traceId}.otlp.json`
    link.click()
    URL.revokeObjectURL(address)
  }
  return (
    <div className="json-tab">
      <div className="json-tools">
        <CopyButton text={text} what="the trace as OTLP JSON" label="Copy" />
        <button type="button" className="btn" onClick={download}>
          <Download size={13} aria-hidden /> OTLP
        </button>
        <a className="btn" href={jaeger} download={`${trace.traceId}.jaeger.json`}>
          <Download size={13} aria-hidden /> Jaeger
        </a>
        <a className="btn" href={jaeger} target="_blank" rel="noreferrer">
          <ExternalLink size={13} aria-hidden /> Open in Jaeger's form
        </a>
      </div>
      {text.length > shownCharacters && (
        <p className="dim">
          The first {Math.round(shownCharacters / 1000)} kB of{' '}
          {Math.round(text.length / 1000).toLocaleString('en')} kB; download it for the rest.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <pre tabIndex={0}>{text.slice(0, shownCharacters)}</pre>
    </div>
  )
}
