import type { ReactNode, Ref } from 'react'
import { useEffect, useImperativeHandle, useRef } from 'react'
import type { SearchRange } from '../../../api/questions.ts'
import type { QueryEditor } from './editor.ts'
import { makeQueryEditor } from './editor.ts'
import type { QueryFault } from './fault.ts'

/** What the page may do with the box. */
export interface QueryBoxHandle {
  readonly focus: () => void
  readonly text: () => string
}

/** The text of a query: coloured, completed, its fault underlined. It sits in a shadow root of its own. */
export function QueryBox(props: {
  readonly value: string
  readonly range: SearchRange
  readonly fault: QueryFault | undefined
  readonly handle: Ref<QueryBoxHandle>
  readonly onRun: (text: string) => void
  readonly onEdit: (text: string) => void
}): ReactNode {
  const host = useRef<HTMLDivElement>(null)
  const editor = useRef<QueryEditor>(undefined)
  const latest = useRef(props)
  latest.current = props

  useEffect(() => {
    if (host.current === null) return
    const made = makeQueryEditor(host.current, {
      text: latest.current.value,
      range: () => latest.current.range,
      onRun: text => latest.current.onRun(text),
      onEdit: text => latest.current.onEdit(text),
    })
    editor.current = made
    return () => made.close()
  }, [])
  useEffect(() => editor.current?.setText(props.value), [props.value])
  useEffect(() => editor.current?.showFault(props.fault), [props.fault])
  useImperativeHandle(
    props.handle,
    () => ({
      focus: () => editor.current?.focus(),
      text: () => editor.current?.text() ?? latest.current.value,
    }),
    [],
  )
  return <div ref={host} className="query-editor" />
}
