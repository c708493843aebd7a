import { readFileSync } from 'node:fs'
import type { TracerProvider } from '@opentelemetry/api'
import { context, diag, metrics, propagation, trace } from '@opentelemetry/api'
import { guarded } from '../warn.ts'
import { onLoaded } from './load-hooks.ts'

/*
 * Every copy of @opentelemetry/api keeps what is registered in one object of the process, `{ version, trace?, … }`
 * (its source, internal/global-utils), under these rules:
 *
 *   registering   only where nothing of the kind is there, and only by a copy of exactly the object's version,
 *                 which is that of the copy that registered first
 *   reading       by copies of the same major version, and of its minor version or a lower one
 *
 * Several copies are nothing rare: one for each version that packages ask for, and from 1.10 on two of one version,
 * since what `import` gives is not what `require` gives.
 */

type Part = 'trace' | 'context' | 'propagation' | 'metrics' | 'logs' | 'diag'

type Registry = { version: string } & Partial<Record<Part, unknown>>

const registryKey = Symbol.for('opentelemetry.js.api.1')
const globals = globalThis as unknown as Record<symbol, Registry | undefined>
const registry = (): Registry | undefined => globals[registryKey]

type Register = (this: unknown, ...args: unknown[]) => unknown
type Registrar = Record<string, Register | undefined>

/** What a copy of the API exports, as far as it registers: metrics since 1.3, logs since 1.10. */
type ApiCopy = Readonly<Partial<Record<Part, Registrar>>>

/** The method of each part by which it is registered. */
const methods: readonly (readonly [Part, string])[] = [
  ['trace', 'setGlobalTracerProvider'],
  ['context', 'setGlobalContextManager'],
  ['propagation', 'setGlobalPropagator'],
  ['metrics', 'setGlobalMeterProvider'],
  ['logs', 'setGlobalLoggerProvider'],
  ['diag', 'setLogger'],
]

/** Where copies of the API have them: those of CommonJS before 1.10 (of which Node takes no other), and since. */
const modules = [
  { module: '@opentelemetry/api/build/src/index.js', path: 'module.filename' },
  { module: '@opentelemetry/api/dist/index.cjs', path: 'module.filename' },
  {
    module: '@opentelemetry/api/dist/index.mjs',
    exports: `{trace,context,propagation,metrics,diag,logs:typeof logs==='object'?logs:undefined}`,
    path: 'import.meta.url',
  },
] as const

const own = { trace, context, propagation, metrics, diag } as unknown as ApiCopy

/** All copies of the API in this process. */
export interface ApiCopies {
  /** Has copies noticed that are loaded from now on. */
  readonly additions: ReturnType<typeof onLoaded>
  /**
   * Has what was registered since {@link joinApiCopies} make way for what is registered from now on, part by part,
   * by whichever copy.
   *
   * @param takenOver is called with each tracer provider that is registered.
   */
  makeWay(takenOver: (theirs: TracerProvider) => void): void
}

/**
 * Has all copies of the API register and read as if they were one: whatever their minor version, what one of them
 * registers is found by all.
 */
export function joinApiCopies(): ApiCopies {
  const before = { ...registry() }
  const ours = new Map<Part, unknown>()
  const joined = new WeakSet<object>()
  const versions = new Set<string>()
  let takenOver: ((theirs: TracerProvider) => void) | undefined

  const clear = (part: Part): void => {
    const value = ours.get(part)
    ours.delete(part)
    if (value === undefined || registry()?.[part] !== value) return
    own[part]?.['disable']?.()
  }

  const raiseAll = (): void => {
    for (const version of versions) raise(version)
  }

  const join = (copy: ApiCopy, version: string | undefined): void => {
    if (copy.trace === undefined || joined.has(copy.trace)) return
    joined.add(copy.trace)
    if (version !== undefined) versions.add(version)
    raiseAll()
    for (const [part, method] of methods) {
      const registrar = copy[part]
      const register = registrar?.[method]
      if (registrar === undefined || register === undefined) continue
      registrar[method] = (...args) => {
        clear(part)
        const registered = inVersion(version, () => register.apply(registrar, args))
        raiseAll()
        if (part === 'trace' && registered === true) takenOver?.(args[0] as TracerProvider)
        return registered
      }
    }
  }

  const joinLoaded = (copy: object, path: string | undefined): void => {
    const version = path === undefined ? undefined : versionAt(path)
    if (version !== undefined) join(copy, version)
  }

  join(
    own,
    guarded('The version of @opentelemetry/api is not known', () =>
      versionAt(import.meta.resolve('@opentelemetry/api')),
    ),
  )
  return {
    additions: onLoaded(
      modules.map(module => ({ ...module, patch: joinLoaded })),
      'waybill.instrument.api',
    ),
    makeWay(listener) {
      takenOver = listener
      const now: Partial<Registry> = registry() ?? {}
      for (const [part] of methods) if (now[part] !== before[part]) ours.set(part, now[part])
    },
  }
}

/**
 * The version of the copy that a module is of, which is its package's. Undefined for another major version, which has
 * a registry of its own, and where there is no package to read.
 *
 * @param module path or file URL.
 */
function versionAt(module: string): string | undefined {
  const root = /^.*[\\/]@opentelemetry[\\/]api[\\/]/.exec(module)?.[0]
  if (root === undefined) return undefined
  const path = `${root}package.json`
  try {
    const { version } = JSON.parse(readFileSync(path.startsWith('file:') ? new URL(path) : path, 'utf8'))
    return typeof version === 'string' && version.startsWith('1.') ? version : undefined
  } catch {
    return undefined
  }
}

/** Registers by a copy of this version, which takes a registry of no other. */
function inVersion<Result>(version: string | undefined, register: () => Result): Result {
  const shared = registry()
  if (shared === undefined || version === undefined || shared.version === version) return register()
  const before = shared.version
  shared.version = version
  try {
    return register()
  } finally {
    shared.version = before
  }
}

/** Has the registry's version be no less than this one, so that copies of it can read. */
function raise(version: string): void {
  const shared = registry()
  if (shared !== undefined && isLater(version, shared.version)) shared.version = version
}

/** Whether a release is later than another one. Of what is no plain release, only copies of the same one can read. */
function isLater(version: string, other: string): boolean {
  const theirs = numbersOf(other)
  for (const [i, number] of numbersOf(version).entries()) {
    const its = theirs[i] ?? Number.POSITIVE_INFINITY
    if (number !== its) return number > its
  }
  return false
}

function numbersOf(version: string): readonly number[] {
  return /^\d+\.\d+\.\d+$/.test(version) ? version.split('.').map(Number) : []
}
