/** Under which a method of ours keeps the client's own, so that nothing is traced twice. */
const original = Symbol.for('waybill.instrument.original')

// biome-ignore lint/complexity/noBannedTypes: methods of any client, each of which its wrapper knows
export type Method = Function

/**
 * Replaces methods of an object of a client, or of its prototype, by wrapped ones that look as the client's own do.
 * What was replaced before is replaced, not wrapped once more. Methods that the object does not have are left out.
 */
export function replaceMethods(
  target: object,
  wrappers: Readonly<Record<string, ((method: Method) => Method) | undefined>>,
): void {
  for (const name in wrappers) {
    const method = (target as Record<string, unknown>)[name]
    const wrap = wrappers[name]
    if (typeof method !== 'function' || wrap === undefined) continue
    const own = (method as { [original]?: Method })[original] ?? method
    const { name: ownName, length } = own
    const traced = Object.defineProperties(wrap(own), {
      [original]: { value: own },
      name: { value: ownName, configurable: true },
      length: { value: length, configurable: true },
    })
    const enumerable = Object.getOwnPropertyDescriptor(target, name)?.enumerable ?? false
    Object.defineProperty(target, name, { value: traced, configurable: true, writable: true, enumerable })
  }
}
