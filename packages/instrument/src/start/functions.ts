import { traced } from '../traced.ts'
import { warnOnce } from '../warn.ts'
import type { SourceAddition } from './load-hooks.ts'

/** A function of the application that gets a span around every call, without a change to its source. */
export interface FunctionRule {
  /** The end of the module's path, such as `worker/steps.ts`. */
  readonly module: string
  /** A function declared at the top of the module, or a method: `doWork`, `Reports.prototype.create`. */
  readonly function: string
  /** The span's name; `{0}`, `{1}` stand for the call's arguments. The function's name where absent. */
  readonly name?: string
}

const wrapperName = 'waybill.instrument.function'
const identifiers = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/

type AnyFunction = (...parameters: unknown[]) => unknown
type Wrapper = (index: number, fn: unknown, error?: unknown) => unknown

/**
 * Additions to the source of the modules named, which replace a function by its traced form once the module has
 * been evaluated. A declared function is a variable of its module: assigning it changes what the module itself
 * calls and, since exports are live bindings, what others import.
 */
export function functionAdditions(rules: readonly FunctionRule[]): readonly SourceAddition[] {
  const valid = rules.filter(rule => {
    if (identifiers.test(rule.function)) return true
    warnOnce(`A function rule names "${rule.function}", which is no name of a function`)
    return false
  })
  const wrap: Wrapper = (index, fn, error) => {
    const rule = valid[index]
    if (rule === undefined) return fn
    if (error === undefined && typeof fn === 'function')
      return traced(rule.name ?? rule.function, fn as AnyFunction)
    warnOnce(`${rule.function} of ${rule.module} could not be traced`, error ?? 'it is no function')
    return fn
  }
  Object.assign(globalThis, { [Symbol.for(wrapperName)]: wrap })
  return valid.map((rule, index) => ({
    suffix: `/${rule.module}`,
    code: replacement(rule.function, index),
  }))
}

function replacement(name: string, index: number): string {
  const wrap = `globalThis[Symbol.for('${wrapperName}')]`
  const exported = name.includes('.')
    ? ''
    : `if(typeof module==='object'&&module.exports&&module.exports.${name}===f)module.exports.${name}=${name}`
  return `;try{const f=${name};${name}=${wrap}(${index},f);${exported}}catch(e){${wrap}(${index},undefined,e)}`
}
