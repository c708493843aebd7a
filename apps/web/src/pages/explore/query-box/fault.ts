import { StateEffect, StateField } from '@codemirror/state'
import type { DecorationSet } from '@codemirror/view'
import { Decoration, EditorView, WidgetType } from '@codemirror/view'

/** What is wrong with a query, and where. */
export interface QueryFault {
  readonly message: string
  /** Offset in the text; at its end where something is missing. */
  readonly position: number
}

/** Underlines a fault, or nothing. */
export const setFault = StateEffect.define<QueryFault | undefined>()

/** Stands where something is missing: there is no text there to underline. */
class Missing extends WidgetType {
  override toDOM(): HTMLElement {
    const mark = document.createElement('span')
    mark.className = 'cm-fault'
    mark.textContent = '\u00a0'
    return mark
  }
}

const underlined = Decoration.mark({ class: 'cm-fault' })
const missing = Decoration.widget({ widget: new Missing(), side: 1 })

/** The underlined fault; an edit takes it away, since it may have mended it. */
export const faultField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(decorations, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setFault)) return decorate(transaction.newDoc.toString(), effect.value)
    return transaction.docChanged ? Decoration.none : decorations
  },
  provide: field => EditorView.decorations.from(field),
})

function decorate(text: string, fault: QueryFault | undefined): DecorationSet {
  if (fault === undefined) return Decoration.none
  const at = Math.min(Math.max(fault.position, 0), text.length)
  const word = /^\S+/.exec(text.slice(at))?.[0] ?? ''
  return Decoration.set(word === '' ? missing.range(at) : underlined.range(at, at + word.length))
}
