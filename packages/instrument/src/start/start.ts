import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { patchHttpClients } from '../clients/http/client.ts'
import { patchHttpServers } from '../clients/http/server.ts'
import type { InstrumentConfig } from '../config.ts'
import { guarded, warnOnce } from '../warn.ts'
import { traceClients } from './clients.ts'
import { readEnvironment } from './environment.ts'
import { functionAdditions } from './functions.ts'
import type { SourceAddition } from './load-hooks.ts'
import { addToModules } from './load-hooks.ts'
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
    startTracer(environment)
    instrument(config)
  })
}

function instrument(config: InstrumentConfig): void {
  const additions: SourceAddition[] = []
  const { messages, requests, calls, functions } = config
  if (messages !== false) additions.push(...traceClients(messages))
  if (requests !== false) patchHttpServers(requests)
  if (calls !== false) patchHttpClients(calls)
  if (functions !== undefined) additions.push(...functionAdditions(functions))
  addToModules(additions)
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
