import type { ExplainResponse } from '@waybill/api'
import type { Reader } from '../store/engine.ts'
import type { Statement } from './compile/compile.ts'
import type { Asked } from './cost.ts'
import { explain } from './cost.ts'

/** Ends a question once it has said what it would run. */
class Heard extends Error {
  override readonly name = 'Heard'
}

/**
 * Explains a question instead of answering it: what it would run first, and what that would read. What comes after
 * depends on what is found.
 *
 * @param question asks with the reader that it is given, as it does when it is answered.
 * @throws WaybillError as the question does where it cannot be asked.
 */
export async function explainQuestion(
  reader: Reader,
  question: (reader: Reader) => Promise<unknown>,
  asked: Asked,
): Promise<ExplainResponse> {
  const statement = await firstStatement(reader, question)
  return statement === undefined ? { statements: [], plan: [] } : await explain(reader, statement, asked)
}

/** Estimates are answered, since what a question runs depends on them. */
async function firstStatement(
  reader: Reader,
  question: (reader: Reader) => Promise<unknown>,
): Promise<Statement | undefined> {
  const heard = new Heard()
  let first: Statement | undefined
  const hear = (sql: string, parameters: Statement['parameters'] = {}): never => {
    first ??= { sql: sql.replace(/\nSETTINGS .*$/, ''), parameters }
    throw heard
  }
  const listener: Reader = {
    query: async (sql, parameters) =>
      sql.startsWith('EXPLAIN ') ? await reader.query(sql, parameters) : hear(sql, parameters),
    stream: hear,
  }
  try {
    await question(listener)
  } catch (error) {
    if (error !== heard) throw error
  }
  return first
}
