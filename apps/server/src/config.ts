import type { Config } from './config/schema.ts'
import { configSchema } from './config/schema.ts'
import { configFile, settings } from './config/settings.ts'
import type { Environment, Flags, Given } from './config/sources.ts'
import { givenTexts, readConfigFile, unknownVariables } from './config/sources.ts'
import { StartupError } from './startup-error.ts'

export type { Config } from './config/schema.ts'

/** Where a configuration is read from. */
export interface ConfigSources {
  readonly flags?: Flags
  /** The process's environment if absent. */
  readonly env?: Environment
  /** The folder where waybill.toml is looked for and that relative paths start from; the working one if absent. */
  readonly folder?: string
}

/**
 * The configuration: flags before environment before file before defaults. This is the only file that reads
 * the process's environment.
 *
 * @returns a frozen object.
 * @throws StartupError that lists every problem at once, each with the setting's name in every source.
 */
export function readConfig({
  flags = {},
  env = process.env,
  folder = process.cwd(),
}: ConfigSources = {}): Config {
  const file = readConfigFile(flags, env, folder)
  const given = givenTexts(flags, env)
  const merged: Record<string, unknown> = structuredClone(file.content)
  for (const [key, { value }] of given) assign(merged, key.split('.'), value)
  if (merged['ports'] === 'free') freePorts(merged)
  const result = configSchema.safeParse(merged)
  if (result.success) return deepFreeze(result.data)
  const problems = result.error.issues.flatMap(issue => {
    const path = issue.path.map(String)
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key => `${[...path, key].join('.')} in ${file.path}: there is no such setting`)
    return [describe(path, issue.message, given, merged, file.path)]
  })
  throw new StartupError(problems.join('\n'), { exitCode: 2 })
}

/** Variables that look like settings and are none, one line each: most likely slips. */
export function findSlips(env: Environment = process.env): readonly string[] {
  return unknownVariables(env).map(name => `the environment has ${name}, and there is no such setting`)
}

/** One problem: `http.port = "x" (from WAYBILL_HTTP_PORT; flag --http-port): must be …`. */
function describe(
  path: readonly string[],
  message: string,
  given: ReadonlyMap<string, Given>,
  merged: Record<string, unknown>,
  file: string,
): string {
  const setting = settings.find(one => path.join('.') === one.key || path.join('.').startsWith(`${one.key}.`))
  const key = setting?.key ?? path.join('.')
  const value = valueAt(merged, key.split('.'))
  const from = given.get(key)?.from ?? file
  const inFile = `${key} in ${file || configFile.name}`
  const others =
    setting && [...(given.has(key) ? [inFile] : []), setting.env, setting.flag].filter(name => name !== from)
  const names = others === undefined ? '' : `; it is also ${others.join(' and ')}`
  const hint = /^tcp:\/\//.test(String(value))
    ? ': Kubernetes sets such variables for its services, turn them off with enableServiceLinks: false'
    : ''
  return `${key} = ${JSON.stringify(value)} (from ${from}${names}): ${message}${hint}`
}

/** Has the system choose the ports that no source has set. */
function freePorts(merged: Record<string, unknown>): void {
  for (const { key } of settings) {
    const path = key.split('.')
    if (path.at(-1) === 'port' && valueAt(merged, path) === undefined) assign(merged, path, 0)
  }
}

function valueAt(target: Record<string, unknown>, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (isTable(at) ? at[name] : undefined), target)
}

function assign(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path
  if (name === undefined) return
  if (rest.length === 0) {
    target[name] = value
    return
  }
  const inner = target[name]
  const table = isTable(inner) ? inner : {}
  target[name] = table
  assign(table, rest, value)
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}
