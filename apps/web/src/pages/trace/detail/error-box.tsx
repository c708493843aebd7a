import type { Attributes, Span } from '@waybill/model'
import { displayValue, findAttribute } from '@waybill/model'
import type { ReactNode } from 'react'
import { CopyButton } from '../../../ui/copy.tsx'

/** What went wrong in a span: its exceptions, else what its status says. */
export function ErrorBox({ span }: { readonly span: Span }): ReactNode {
  const exceptions = span.events.filter(event => event.name === 'exception')
  const failed = span.status.code === 'error'
  if (!failed && exceptions.length === 0) return null
  const messages = exceptions.map(event => textOf(event.attributes, 'exception.message'))
  const unsaid =
    span.status.message !== '' && !messages.some(message => message.includes(span.status.message))
  return (
    <section className="facts">
      <h3>{failed ? 'Error' : 'Exception, handled'}</h3>
      <div className="error-box">
        {(exceptions.length === 0 || unsaid) && (
          <p>{span.status.message || 'The span failed and does not say why.'}</p>
        )}
        {exceptions.map((event, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two exceptions may be alike
          <Exception key={i} attributes={event.attributes} />
        ))}
      </div>
    </section>
  )
}

function Exception({ attributes }: { readonly attributes: Attributes }): ReactNode {
  const stack = textOf(attributes, 'exception.stacktrace')
  const message = textOf(attributes, 'exception.message')
  const frames = framesOf(stack, message)
  return (
    <div>
      <p>
        <b className="err">{textOf(attributes, 'exception.type') || 'exception'}</b> {message}
      </p>
      {frames.length > 0 && (
        <details>
          <summary className="mono">
            {frames[0]}
            {frames.length > 1 && <span className="dim"> · {frames.length - 1} more lines</span>}
          </summary>
          <pre>{stack}</pre>
          <CopyButton text={stack} what="stack trace" label="Copy" />
        </details>
      )}
    </div>
  )
}

/** The lines of a stack trace, without the first ones where they only repeat the message. */
function framesOf(stack: string, message: string): readonly string[] {
  const lines = stack.split('\n').map(line => line.trim())
  const first = lines.findIndex(line => line !== '' && !(message !== '' && line.includes(message)))
  return first === -1 ? [] : lines.slice(first).filter(line => line !== '')
}

function textOf(attributes: Attributes, key: string): string {
  const value = findAttribute(attributes, key)
  return value === undefined ? '' : displayValue(value)
}
