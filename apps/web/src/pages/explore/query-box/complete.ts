import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import type { SearchRange } from '../../../api/questions.ts'
import { askCompletion } from '../../../api/questions.ts'

/** How long the visitor has to pause before the server is asked, in milliseconds. */
const pauseMs = 80

/**
 * What may stand at the cursor, as the server knows it from what is stored.
 *
 * @param range the range that is searched now.
 */
export async function completeQuery(
  context: CompletionContext,
  range: SearchRange,
): Promise<CompletionResult | null> {
  const text = context.state.doc.toString()
  const asked = new AbortController()
  context.addEventListener('abort', () => asked.abort())
  await new Promise(resolve => setTimeout(resolve, context.explicit ? 0 : pauseMs))
  if (context.aborted) return null
  const answer = await askCompletion({ ...range, q: text }, context.pos, asked.signal).catch(() => undefined)
  if (answer === undefined || answer.options.length === 0) return null
  return {
    from: answer.from,
    filter: false,
    options: answer.options.map(
      (option): Completion => ({
        label: option.label,
        type: option.kind,
        ...(option.detail !== undefined && { detail: option.detail }),
      }),
    ),
  }
}
