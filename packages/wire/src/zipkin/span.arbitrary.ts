import fc from 'fast-check'
import { zipkinAttributes, zipkinTags } from './attributes.ts'
import { ipText } from './ip.ts'
import type { ZipkinEndpoint, ZipkinSpan } from './span.ts'
import { zipkinKinds } from './span.ts'
import { textOf } from './text.ts'
import type { V1Span } from './v1-span.ts'

// Arbitrary spans for property tests, in the form in which they come back.

const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const name = text.map(value => value.toLowerCase()).filter(value => value !== '')
const micros = fc.integer({ min: 1, max: 2_000_000_000_000_000 })
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined })

const ip = (length: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .filter(bytes => bytes.some(byte => byte !== 0))
    .map(ipText)
    .filter(address => !address.startsWith('::ffff:'))

/** One that says something. */
export const arbitraryEndpoint: fc.Arbitrary<ZipkinEndpoint> = fc
  .record({
    serviceName: optional(name),
    ipv4: optional(ip(4)),
    ipv6: optional(ip(16)),
    port: optional(fc.integer({ min: 1, max: 65_535 })),
  })
  .map(present)
  .filter(endpoint => Object.keys(endpoint).length > 0)

function hex(bytes: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter(id => id.subarray(0, 8).some(byte => byte !== 0))
    .map(id => Buffer.from(id).toString('hex'))
}

/** Keys that stand for something else than a tag; {@link zipkinTags.error} is one that comes back. */
const meaningful: readonly string[] = [...Object.values(zipkinAttributes), ...Object.values(zipkinTags)]
const tagKey = fc.oneof(
  text.filter(key => !meaningful.includes(key) && key !== '__proto__'),
  fc.constantFrom('error', 'http.path', 'span.kind', 'kafka.topic'),
)
const tagValue = fc.oneof(text, fc.constant('true'))

/** A span of the v2 model. */
export const arbitrarySpan: fc.Arbitrary<ZipkinSpan> = fc
  .record({
    traceId: fc.oneof(hex(8), hex(16)),
    parentId: optional(hex(8)),
    id: hex(8),
    kind: optional(fc.constantFrom(...zipkinKinds)),
    name: optional(name),
    timestamp: optional(micros),
    duration: optional(micros),
    localEndpoint: optional(arbitraryEndpoint),
    remoteEndpoint: optional(arbitraryEndpoint),
    annotations: optional(
      fc.array(fc.record({ timestamp: micros, value: text }, { noNullPrototype: true }), {
        minLength: 1,
        maxLength: 4,
      }),
    ),
    tags: optional(fc.dictionary(tagKey, tagValue, { minKeys: 1, maxKeys: 8, noNullPrototype: true })),
    debug: optional(fc.constant(true as const)),
    shared: optional(fc.constant(true as const)),
  })
  .filter(span => span.parentId !== span.id)
  .map(present)

const v1Endpoint = fc
  .tuple(
    fc.constantFrom('front', 'back', 'broker'),
    optional(ip(4)),
    optional(fc.integer({ min: 1, max: 65_535 })),
  )
  .map(([serviceName, ipv4, port]): ZipkinEndpoint => present({ serviceName, ipv4, port }))

/** A span of the v1 model. */
export const arbitraryV1Span: fc.Arbitrary<V1Span> = fc.record({
  ids: fc.int32Array({ minLength: 8, maxLength: 8 }).filter(ids => ids[2] !== 0 && ids[4] !== 0),
  name: text,
  timestamp: fc.oneof(fc.constant(0), micros),
  duration: fc.oneof(fc.constant(0), micros),
  debug: fc.boolean(),
  annotations: fc.array(
    fc
      .record({
        timestamp: micros,
        value: fc.oneof(fc.constantFrom('cs', 'cr', 'sr', 'ss', 'ms', 'mr', 'ws', 'wr'), text),
        endpoint: optional(v1Endpoint),
      })
      .map(present),
    { maxLength: 6 },
  ),
  binaryAnnotations: fc.array(
    fc.oneof(
      fc
        .record({ key: tagKey.map(textOf), value: text.map(textOf), endpoint: optional(v1Endpoint) })
        .map(present),
      fc.record(
        { key: fc.constantFrom('ca', 'sa', 'ma').map(textOf), endpoint: v1Endpoint },
        { noNullPrototype: true },
      ),
    ),
    { maxLength: 6 },
  ),
  position: fc.constant(0),
})

type Present<Value> = {
  readonly [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key]
} & {
  readonly [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined>
}

/** Without the members that are not there. */
function present<Value extends object>(value: Value): Present<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Present<Value>
}
