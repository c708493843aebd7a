/** Under which a method of ours keeps the client's own, so that nothing is traced twice. */
const original = Symbol.for('waybill.instrument.original')

/** Any method of a client. It is handed on, and called by those who know its parameters. */
type Method = (...args: never[]) => unknown

/** For each method of a client, what makes the traced one of it. */
export type Wrappers<Setup> = Readonly<Record<string | symbol, (method: never, setup: Setup) => Method>>

/**
 * Puts traced methods on an instance or a prototype, each made of the client's own. What has none of a name gets
 * none. Doing so again replaces the ones of before.
 */
export function replaceMethods<Setup>(target: object, wrappers: Wrappers<Setup>, setup: Setup): void {
  for (const name of Reflect.ownKeys(wrappers)) {
    const method: unknown = Reflect.get(target, name)
    const wrap = wrappers[name]
    if (typeof method !== 'function' || wrap === undefined) continue
    const own = originalOf(method as Method)
    const { name: ownName, length } = own as Method
    const traced = Object.defineProperties(wrap(own as never, setup), {
      [original]: { value: own },
      name: { value: ownName, configurable: true },
      length: { value: length, configurable: true },
    })
    define(target, name, traced)
  }
}

/** Gives an instance the client's own methods back, whatever its prototype has. */
export function restoreMethods(target: object, names: Iterable<string>): void {
  for (const name of names) {
    const method: unknown = Reflect.get(target, name)
    if (typeof method !== 'function') continue
    const own = originalOf(method as Method)
    if (own !== method) define(target, name, own)
  }
}

function originalOf(method: Method): Method {
  return (method as { [original]?: Method })[original] ?? method
}

function define(target: object, name: string | symbol, value: Method): void {
  const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable })
}
