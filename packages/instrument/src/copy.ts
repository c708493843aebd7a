/**
 * A copy of an application's object with other values for some of its properties: what a client is given instead, so
 * that the object itself is only read. Clients read what an object inherits, too. What the getters of a class say is
 * read from the object itself, since a copy has none of its private fields.
 */
export function copyWith<Given extends object>(given: Given, changes: object): Given {
  const prototype: unknown = Object.getPrototypeOf(given)
  if (prototype === Object.prototype) return Object.assign({}, given, changes)
  const copy: object = Object.create(prototype as object | null)
  for (const name of gettersOf(prototype)) if (!(name in changes)) keep(copy, name, readOf(given, name))
  for (const source of [given, changes])
    for (const name of Reflect.ownKeys(source))
      if (Object.prototype.propertyIsEnumerable.call(source, name))
        keep(copy, name, (source as Record<PropertyKey, unknown>)[name])
  return copy as Given
}

/** What has a getter and no setter can be defined, but not assigned. */
function keep(copy: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(copy, name, { value, writable: true, enumerable: true, configurable: true })
}

function readOf(given: object, name: string): unknown {
  try {
    return (given as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}

function gettersOf(prototype: unknown): readonly string[] {
  const names: string[] = []
  for (let owner = prototype; typeof owner === 'object' && owner !== null && owner !== Object.prototype; ) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
      if (get !== undefined && name !== '__proto__') names.push(name)
    owner = Object.getPrototypeOf(owner)
  }
  return names
}
