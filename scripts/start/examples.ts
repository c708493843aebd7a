import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { root } from '../set-up/root.ts'
import { SetUpError } from '../set-up/run-command.ts'

/** What an example asks for, under `waybill` in its package.json; everything may be absent. */
interface Wishes {
  /** Kafka alone where absent. */
  readonly brokers?: readonly Broker[]
  /** Where it knows `--scenario`: the module, in its folder, that exports all of them as `scenarios`. */
  readonly scenarios?: string
  /** Its environment where it runs beside all others. */
  readonly besideOthers?: Readonly<Record<string, string>>
}

export type Broker = 'kafka' | 'rabbitmq'

/** An example that is to run. */
export interface Example {
  readonly name: string
  readonly brokers: readonly Broker[]
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const first = 'reports'

/**
 * The examples that the arguments of `npm start` choose: `reports` where they name none, every one for `all`.
 * Throws SetUpError, with what there is, for what cannot be chosen.
 */
export async function chosenExamples(args: readonly string[]): Promise<readonly Example[]> {
  const known = await knownExamples()
  const usage = new SetUpError(
    `Usage: npm start [-- <example> [--scenario <name>]], an example being one of: ${[...known.keys(), 'all'].join(', ')}`,
  )
  const [name = first, option, scenario, ...more] = args
  if (more.length > 0) throw usage
  if (name === 'all' && option === undefined)
    return [...known].map(([each, wishes]) => exampleOf(each, wishes, [], wishes.besideOthers))
  const wishes = known.get(name)
  if (wishes === undefined) throw usage
  if (option === undefined) return [exampleOf(name, wishes, [])]
  if (option !== '--scenario') throw usage
  if (wishes.scenarios === undefined) throw new SetUpError(`The example ${name} has no scenarios`)
  const scenarios = await scenariosIn(`${root}examples/${name}/${wishes.scenarios}`)
  const names = scenarios.join(', ')
  if (scenario === undefined) throw new SetUpError(`--scenario is followed by one of: ${names}`)
  if (!scenarios.includes(scenario))
    throw new SetUpError(`There is no scenario ${scenario}; there are ${names}`)
  return [exampleOf(name, wishes, [option, scenario])]
}

/** The names of an example's scenarios. */
async function scenariosIn(module: string): Promise<readonly string[]> {
  const { scenarios }: { readonly scenarios: readonly { readonly name: string }[] } = await import(module)
  return scenarios.map(({ name }) => name)
}

function exampleOf(
  name: string,
  { brokers = ['kafka'] }: Wishes,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Example {
  return { name, brokers, args, env }
}

async function knownExamples(): Promise<ReadonlyMap<string, Wishes>> {
  const folders = (await readdir(`${root}examples`)).sort()
  const runnable = folders.filter(folder => existsSync(`${root}examples/${folder}/src/run.ts`))
  return new Map(
    await Promise.all(
      runnable.map(async folder => {
        const manifest = JSON.parse(await readFile(`${root}examples/${folder}/package.json`, 'utf8'))
        return [folder, (manifest.waybill ?? {}) as Wishes] as const
      }),
    ),
  )
}
