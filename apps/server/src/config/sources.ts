import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { StartupError, systemCode } from '../startup-error.ts'
import { configFile, settings } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>
/** Flags under their option names ({@link Setting.option}), and `config`. */
export type Flags = Readonly<Record<string, string | undefined>>

/** A value that was given, and by what: `WAYBILL_HOST`, `--host`, `waybill.toml`. */
export interface Given {
  readonly value: unknown
  readonly from: string
}

/**
 * Reads the file: the one that `--config` or WAYBILL_CONFIG names, else waybill.toml in the working folder if
 * there is one.
 *
 * @returns its content and its path; both empty where there is no file.
 * @throws StartupError if a file that was named is not there, or is not TOML (with line and column).
 */
export function readConfigFile(
  flags: Flags,
  env: Environment,
  folder: string,
): { readonly content: Readonly<Record<string, unknown>>; readonly path: string } {
  const named = flags['config'] ?? env[configFile.env]
  const path = named ?? configFile.name
  let content: string
  try {
    content = readFileSync(resolve(folder, path), 'utf8')
  } catch (cause) {
    if (named === undefined && systemCode(cause) === 'ENOENT') return { content: {}, path: '' }
    throw new StartupError(`cannot read ${path}: ${systemCode(cause)}`, { exitCode: 2, cause })
  }
  try {
    return { content: parse(content), path }
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause
    const what = cause.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '')
    throw new StartupError(`${path}:${cause.line}:${cause.column}: ${what}`, { exitCode: 2, cause })
  }
}

/** What the environment and the flags give, flags first, by key. Empty variables count as not given. */
export function givenTexts(flags: Flags, env: Environment): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>()
  for (const { key, env: variable, flag, option } of settings) {
    const flagged = flags[option]
    const exported = env[variable]
    if (flagged !== undefined) given.set(key, { value: flagged, from: flag })
    else if (exported !== undefined && exported !== '') given.set(key, { value: exported, from: variable })
  }
  return given
}

/**
 * What others read: the address of the server, for the commands that ask one; where downloads are kept; and what the
 * instrumentation is told, which may be set for all programs of a machine.
 */
const readElsewhere = ['WAYBILL_URL', 'WAYBILL_CACHE', 'WAYBILL_INSTRUMENT_CONFIG', 'WAYBILL_DEBUG']

/** Variables that begin like ours and are none. */
export function unknownVariables(env: Environment): readonly string[] {
  const known = new Set([configFile.env, ...readElsewhere, ...settings.map(setting => setting.env)])
  return Object.keys(env).filter(name => name.startsWith('WAYBILL_') && !known.has(name))
}
