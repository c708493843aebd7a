import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReceivedSpan } from '../../packages/instrument/src/testing/receiver.ts'
import { runCommand } from '../set-up/run-command.ts'
import { environment } from './published-folder.ts'

/** What an application does with one client: it sends a message and reads it. */
export interface ClientProgram {
  /** The package, as it is imported. */
  readonly client: string
  /** What is taken from it. */
  readonly names: string
  /** Uses `names`, and the variables of the environment BROKERS and TOPIC, or AMQP and QUEUE. */
  readonly work: string
}

/** The names of the spans that one message makes, and which of them continues which. */
export interface Expected {
  readonly sent: string
  readonly processed: string
  /** Others that the client makes: polls, acknowledgements. */
  readonly more: readonly string[]
}

export interface RunProgram {
  readonly node: string
  /** Where the packages are found. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** Spans are sent while the process lives: what is left at its end has two seconds, which a busy machine may need. */
const untilSent = `
  const { exportStatistics } = await import('@waybill/instrument')
  while (exportStatistics().queued > 0) await new Promise(resolve => setTimeout(resolve, 20))
`

/** Runs a program as an ES module or as CommonJS with zero-code start; it must end well and warn of nothing. */
export async function runClient(
  { client, names, work }: ClientProgram,
  kind: 'mjs' | 'cjs',
  { node, folder, env }: RunProgram,
): Promise<void> {
  const programs = join(folder, 'programs')
  await mkdir(programs, { recursive: true })
  const file = join(programs, `${client.replaceAll(/\W+/g, '-')}-${env['OTEL_SERVICE_NAME']}.${kind}`)
  const source =
    kind === 'mjs'
      ? `import * as module from '${client}'\nconst ${names} = module.default ?? module\n${work}${untilSent}`
      : `const ${names} = require('${client}')\nasync function main() {${work}${untilSent}}\nmain()`
  await writeFile(file, source)
  const { code, output } = await runCommand(node, ['--import', '@waybill/instrument/register', file], {
    cwd: folder,
    env: environment({ KAFKAJS_NO_PARTITIONER_WARNING: '1', ...env }),
  })
  assert.equal(code, 0, output)
  assert.doesNotMatch(output, /WaybillInstrument/)
}

/** Whether these spans are those of one message, from its producer to its consumer. */
export function assertOneWay(spans: readonly ReceivedSpan[], { sent, processed, more }: Expected): void {
  assert.deepEqual(spans.map(({ name }) => name).sort(), [sent, processed, ...more].sort())
  const producer = spans.find(({ name }) => name === sent)
  const consumer = spans.find(({ name }) => name === processed)
  assert.equal(consumer?.parentSpanId, producer?.spanId)
  assert.equal(consumer?.traceId, producer?.traceId)
}
