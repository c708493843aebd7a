import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Logger } from '../log.ts'
import { StartupError, systemCode } from '../startup-error.ts'
import type { Strategies, Strategy } from './strategy.ts'
import { probabilistic, strategyOf } from './strategy.ts'
import { readStrategies, StrategyFileError } from './strategy-file.ts'

export interface StrategySourceOptions {
  /** A file in Jaeger's format; the empty string for none. */
  readonly file: string
  /** Where the file says nothing, from 0 to 1. */
  readonly defaultProbability: number
  /** How often the file is looked at; 0 for never again. */
  readonly reloadMs: number
  readonly log: Logger
}

/** Strategies as the file has them now. */
export interface StrategySource {
  readonly strategyOf: (service: string) => Strategy
  readonly close: () => void
}

/**
 * Reads the strategies, and again whenever the file has changed. The file is read and compared every time, not
 * watched: it may be mounted from elsewhere or swapped by a link, which a watch does not see. A change that
 * cannot be read is logged, and what was read last stays.
 *
 * @throws StartupError for a file that is not there or not right at the start.
 */
export function openStrategySource(options: StrategySourceOptions): StrategySource {
  const { file, defaultProbability, reloadMs, log } = options
  let strategies: Strategies = { byService: new Map(), otherwise: probabilistic(defaultProbability) }
  if (file === '') return { strategyOf: () => strategies.otherwise, close: () => {} }

  let lastText: string | undefined
  let lastProblem: string | undefined
  const take = (text: string): void => {
    if (text === lastText) return
    const read = readStrategies(text, defaultProbability)
    for (const warning of read.warnings) log.warn(`sampling strategies ${file}: ${warning}`)
    strategies = read.strategies
    lastText = text
  }
  try {
    take(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new StartupError(`${problemOf(file, cause)} (setting sampling.file)`, { exitCode: 2, cause })
  }

  const reload = async (): Promise<void> => {
    const before = lastText
    try {
      take(await readFile(file, 'utf8'))
      if (lastText !== before || lastProblem !== undefined)
        log.info({ services: strategies.byService.size }, `read the sampling strategies of ${file} again`)
      lastProblem = undefined
    } catch (error) {
      const problem = problemOf(file, error)
      if (problem !== lastProblem) log.error(`${problem}; those read before stay`)
      lastProblem = problem
    }
  }
  let timer: NodeJS.Timeout | undefined
  let isOpen = true
  const again = (): void => {
    timer = setTimeout(() => void reload().then(() => isOpen && again()), reloadMs).unref()
  }
  if (reloadMs > 0) again()
  return {
    strategyOf: service => strategyOf(strategies, service),
    close: () => {
      isOpen = false
      clearTimeout(timer)
    },
  }
}

function problemOf(file: string, error: unknown): string {
  const what = error instanceof StrategyFileError ? error.message : (systemCode(error) ?? String(error))
  return `cannot read the sampling strategies of ${file}: ${what}`
}
