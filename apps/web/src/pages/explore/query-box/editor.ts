import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  completionKeymap,
  completionStatus,
} from '@codemirror/autocomplete'
import { history, historyKeymap, standardKeymap } from '@codemirror/commands'
import { EditorState, Prec, Transaction } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { traceIdOf } from '@waybill/query-language'
import type { SearchRange } from '../../../api/questions.ts'
import { completeQuery } from './complete.ts'
import type { QueryFault } from './fault.ts'
import { faultField, setFault } from './fault.ts'
import { queryLanguage } from './language.ts'
import { editorLook } from './look.ts'

/** The editor of one query, as its component drives it. */
export interface QueryEditor {
  readonly text: () => string
  readonly setText: (text: string) => void
  readonly showFault: (fault: QueryFault | undefined) => void
  readonly focus: () => void
  readonly close: () => void
}

/**
 * Puts an editor into `host`, inside a shadow root: there CodeMirror's styles are adopted style sheets, which a
 * Content-Security-Policy without 'unsafe-inline' allows; in the document they would be a <style> element.
 */
export function makeQueryEditor(
  host: HTMLElement,
  options: {
    readonly text: string
    /** The range that is searched, which completions are looked for in. */
    readonly range: () => SearchRange
    readonly onRun: (text: string) => void
    readonly onEdit: (text: string) => void
  },
): QueryEditor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true })
  const run = (view: EditorView) => {
    closeCompletion(view)
    options.onRun(view.state.doc.toString())
    return true
  }
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        history(),
        oneLine,
        Prec.highest(
          keymap.of([
            {
              key: 'Enter',
              run: view => (completionStatus(view.state) === 'active' && acceptCompletion(view)) || run(view),
            },
            { key: 'Tab', run: acceptCompletion },
            { key: 'Escape', run: leave },
          ]),
        ),
        keymap.of([...completionKeymap, ...historyKeymap, ...standardKeymap]),
        autocompletion({
          override: [context => completeQuery(context, options.range())],
          icons: false,
          selectOnOpen: false,
          defaultKeymap: false,
        }),
        queryLanguage,
        faultField,
        editorLook,
        placeholder('service:orders  topic:payments  wait>1s  is:error — or a trace id'),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          'aria-label': 'Query',
          'aria-multiline': 'false',
          spellcheck: 'false',
        }),
        EditorView.updateListener.of(update => {
          if (update.docChanged) options.onEdit(update.state.doc.toString())
        }),
        EditorView.domEventHandlers({
          beforeinput: typeOverSelection,
          paste: (event, view) => pasteTraceId(event, view, options.onRun),
        }),
      ],
    }),
  })
  return {
    text: () => view.state.doc.toString(),
    setText: text => {
      if (text !== view.state.doc.toString())
        view.dispatch({
          changes: { from: 0, to: view.state.doc.length, insert: text },
          selection: { anchor: text.length },
        })
    },
    showFault: fault => view.dispatch({ effects: setFault.of(fault) }),
    focus: () => {
      view.focus()
      goToEnd(view)
    },
    close: () => view.destroy(),
  }
}

/** Puts the cursor where the next term is typed. */
function goToEnd(view: EditorView): void {
  const text = view.state.doc.toString()
  const space = text === '' || text.endsWith(' ') ? '' : ' '
  view.dispatch({
    changes: { from: text.length, insert: space },
    selection: { anchor: text.length + space.length },
    annotations: Transaction.addToHistory.of(false),
  })
}

/**
 * Typing over a selection, done here: left to itself, Chromium keeps the style of what it replaces in a style
 * attribute, which the Content-Security-Policy refuses and the console reports.
 */
function typeOverSelection(event: InputEvent, view: EditorView): boolean {
  if (event.inputType !== 'insertText' || event.data === null || view.composing) return false
  if (view.state.selection.main.empty) return false
  event.preventDefault()
  view.dispatch(view.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true })
  return true
}

/** A query has one line: line breaks, as a paste may bring them, become spaces. */
const oneLine = EditorState.transactionFilter.of(transaction =>
  transaction.newDoc.lines > 1
    ? [
        transaction,
        {
          changes: {
            from: 0,
            to: transaction.newDoc.length,
            insert: transaction.newDoc.toString().replaceAll(/\s*\n\s*/g, ' '),
          },
          sequential: true,
        },
      ]
    : transaction,
)

/** The first Escape closes the list of completions, the next one leaves the box. */
function leave(view: EditorView): boolean {
  if (closeCompletion(view)) return true
  view.contentDOM.blur()
  return true
}

/** A whole trace id, pasted over an empty or wholly selected box, is gone to at once. */
function pasteTraceId(event: ClipboardEvent, view: EditorView, onRun: (text: string) => void): boolean {
  const text = event.clipboardData?.getData('text/plain').trim() ?? ''
  const { from, to } = view.state.selection.main
  if (text.length < 32 || traceIdOf(text) === undefined || from !== 0 || to !== view.state.doc.length)
    return false
  event.preventDefault()
  onRun(text)
  return true
}
