import { fileURLToPath } from 'node:url'
import type { Workshop } from '@waybill/brokers'
import { runProgram, setUp } from '@waybill/brokers'

/** The article's program in Java, with Brave. */
const workshop: Workshop = {
  name: 'fan-out-java',
  source: fileURLToPath(new URL('../../java', import.meta.url)),
  setUp: [
    ['mvn', '-B', '-q', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'],
    ['javac', '-nowarn', '-encoding', 'UTF-8', '-d', 'classes', '-cp', 'jars/*', 'FanOut.java'],
  ],
  run: program => ['java', '-cp', 'classes:jars/*', program],
}

const boundMs = 120_000

export interface BraveRun {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly zipkinEndpoint: string
  readonly records: number
}

/** Has Brave's program send and read records. Throws Unavailable where Java or Maven is missing. */
export async function runBrave({ brokers, topic, zipkinEndpoint, records }: BraveRun): Promise<void> {
  const cwd = await setUp(workshop, () => undefined)
  const [command = '', ...args] = workshop.run('FanOut')
  const settings = [brokers.join(','), topic, zipkinEndpoint, String(records)]
  await runProgram({ command, args: [...args, ...settings], cwd, timeoutMs: boundMs })
}
