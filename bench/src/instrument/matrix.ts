import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Contender, Setting } from './setting.ts'

const run = promisify(execFile)
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** One case with one contender. */
export interface Cell {
  readonly name: string
  readonly contender: Contender
  readonly spans: Setting['spans']
}

/** Cases that are measured with and without being sampled. */
export const sampledCases = [
  'send1',
  'send100',
  'eachMessage',
  'eachBatch',
  'publish',
  'consumeAck',
  'ackRandom',
] as const

/** All cells that these contenders have, a case's next to each other, so that they share the machine's moods. */
export function cells(contenders: readonly Contender[]): readonly Cell[] {
  const traced = contenders.filter(contender => contender !== 'bare')
  const all = (name: string, spans: Cell['spans'], who: readonly Contender[]): readonly Cell[] =>
    who.map(contender => ({ name, contender, spans }))
  return [
    ...sampledCases.flatMap(name => [
      ...all(name, 'ring', contenders),
      ...all(name, 'off', ['opentelemetry-2', 'waybill']),
    ]),
    ...all('consumeAckSettle', 'ring', ['waybill']),
    ...all('export', 'export', traced),
  ]
}

/** Under which the samples of a cell are kept. */
export function keyOf({ name, contender, spans }: Cell): string {
  return `${name} ${contender} ${spans}`
}

/** Measures a cell in a process of its own. @returns nanoseconds a message, sample by sample. */
export async function measureCell({ name, contender, spans }: Cell, url: string): Promise<readonly number[]> {
  const { stdout } = await run(process.execPath, [fileOf('./cell.ts'), name, contender, spans, url])
  return JSON.parse(lastLine(stdout)) as readonly number[]
}

/** Measures a contender on a real Kafka, in a process of its own. @returns microseconds a message, by figure. */
export async function measureBroker(
  contender: Contender,
  messages: number,
  brokers: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const env = { ...process.env, KAFKAJS_NO_PARTITIONER_WARNING: '1' }
  const args = ['--disable-warning=TimeoutNegativeWarning', fileOf('./broker-cell.ts')]
  const { stdout } = await run(process.execPath, [...args, contender, String(messages), brokers.join(',')], {
    env,
  })
  return JSON.parse(lastLine(stdout)) as Readonly<Record<string, number>>
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
