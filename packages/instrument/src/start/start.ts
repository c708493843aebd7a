import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { patchHttpClients } from '../clients/http/client.ts'
import { patchHttpServers } from '../clients/http/server.ts'
import type { InstrumentConfig } from '../config.ts'
import type { MessagingOptions } from '../tracing.ts'
import { guarded, warnOnce } from '../warn.ts'
import { joinApiCopies } from './api-copies.ts'
import { traceClients } from './clients.ts'
import { readEnvironment } from './environment.ts'
import { functionAdditions } from './functions.ts'
import type { SourceAddition } from './load-hooks.ts'
import { addToModules } from './load-hooks.ts'
import { withoutSamples } from './topic-samplers.ts'
import { startTracer } from './tracer.ts'

/**
 * Starts tracing of the process by what the environment says: a tracer, unless the application has an SDK, and
 * the clients, whenever they are loaded. Throws nothing: an application starts with or without its tracing.
 */
export function startInstrumentation(): void {
  guarded('Tracing could not be started', () => {
    const environment = readEnvironment()
    for (const problem of environment.problems) warnOnce(problem)
    if (environment.disabled) return
    const config =
      environment.configPath === undefined ? {} : (loadConfig(resolve(environment.configPath)) ?? {})
    const messages = config.messages === false ? false : (config.messages ?? {})
    // Samplers find messages by the present names of attributes.
    const rules = messages === false || messages.conventions === 'old' ? [] : (messages.rules ?? [])
    const copies = joinApiCopies()
    const samplesByRules = startTracer(environment, rules, copies) && rules.length > 0
    const options = samplesByRules && messages !== false ? withoutSamples(messages) : messages
    addToModules([...copies.additions, ...instrument(config, options, environment.knownMethods)])
  })
}

/** Traces what the configuration says: now, and by the additions returned, in modules that will be loaded. */
function instrument(
  config: InstrumentConfig,
  messages: MessagingOptions | false,
  knownMethods: readonly string[] | undefined,
): readonly SourceAddition[] {
  const additions: SourceAddition[] = []
  const { requests, calls, functions } = config
  if (messages !== false) additions.push(...traceClients(messages))
  if (requests !== false) patchHttpServers(requests, knownMethods)
  if (calls !== false) patchHttpClients(calls, knownMethods)
  if (functions !== undefined) additions.push(...functionAdditions(functions))
  return additions
}

/** The `config` that a module exports, or the whole of a JSON file; one warning where there is none. */
function loadConfig(path: string): InstrumentConfig | undefined {
  return guarded(`The configuration ${path} could not be read`, () => {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8')) as InstrumentConfig
    const module = createRequire(import.meta.url)(path) as { config?: InstrumentConfig }
    if (module.config === undefined) throw new Error('it exports no "config"')
    return module.config
  })
}
