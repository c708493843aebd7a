import { createHash } from 'node:crypto'
import type { Attributes, Context, TextMapPropagator } from '@opentelemetry/api'
import { createContextKey } from '@opentelemetry/api'
import type { MessageHeaders } from './headers.ts'
import { headerOf } from './headers.ts'

/*
 * How long messages take on their whole way, measured for every one of them, sampled or not:
 *
 *   waybill-path = hash "." started          of the header, 25 characters or so
 *     hash         16 hex   of the way so far: of each hop's destination and of the hash before it
 *     started      base 36  when the first message of the way was sent, milliseconds since 1970
 *
 * A consumer's measurement has the hash (`waybill.path.hash`) and the hops that its process knows
 * (`waybill.path.hops`). Hashes are made of names alone, so that they are the same in every process, and a path
 * can be put together from what several of them say. A process names a bounded number of paths; the others are
 * `other`.
 */

/** The header. */
export const pathHeader = 'waybill-path'

/** A message's way until now. */
export interface Path {
  readonly hash: string
  readonly startedMs: number
}

const pathKey = createContextKey('waybill.path')
const nextKey = createContextKey('waybill.path.next')
const noParent = '0'.repeat(16)
const hashLength = 16
const maxPaths = 500
const otherPath = 'other'

const hashes = new Map<string, string>()
/** Of each path that this process has made or seen made: its hops, as far as it knows them. */
const hops = new Map<string, string>()

/** The hash of a way that goes on to `destination`. */
export function nextHash(parent: string, destination: string): string {
  const key = `${parent}\n${destination}`
  const known = hashes.get(key)
  if (known !== undefined) return known
  if (hashes.size >= maxPaths) return otherPath
  const hash = createHash('sha256').update(key).digest('hex').slice(0, hashLength)
  hashes.set(key, hash)
  const before = parent === noParent ? '' : `${hops.get(parent) ?? '…'} > `
  hops.set(hash, before + destination)
  return hash
}

/**
 * What a measurement of a way is split by. A process that only ends it knows the last hop alone: `… > out`. What
 * comes in headers may be anything, so that ways beyond a bounded number are all called `other`.
 */
export function pathAttributes({ hash }: Path, destination: string): Attributes {
  let known = hops.get(hash)
  if (known === undefined && hops.size < maxPaths) {
    known = `… > ${destination}`
    hops.set(hash, known)
  }
  return known === undefined
    ? { 'waybill.path.hash': otherPath, 'waybill.path.hops': otherPath }
    : { 'waybill.path.hash': hash, 'waybill.path.hops': known }
}

/** What a message's header says of its way; undefined where there is none, or none that can be read. */
export function readPath(headers: MessageHeaders | null | undefined): Path | undefined {
  const text = headerOf(headers, pathHeader)
  if (text === undefined) return undefined
  const dot = text.indexOf('.')
  const startedMs = Number.parseInt(text.slice(dot + 1), 36)
  const isHash = dot === hashLength || text.slice(0, dot) === otherPath
  return isHash && Number.isSafeInteger(startedMs) && startedMs > 0
    ? { hash: text.slice(0, dot), startedMs }
    : undefined
}

/** Remembers in a handler's context on which way its message came, so that what it sends goes on from there. */
export function withPathInScope(context: Context, path: Path | undefined): Context {
  // A message without a way must not inherit that of a message around it.
  return path === undefined ? context.deleteValue(pathKey) : context.setValue(pathKey, path)
}

/** A context to be written into the headers of a message for `destination`, with the way of that message. */
export function onPathTo(context: Context, destination: string): Context {
  const before = context.getValue(pathKey) as Path | undefined
  return context.setValue(nextKey, {
    hash: nextHash(before?.hash ?? noParent, destination),
    startedMs: before?.startedMs ?? Date.now(),
  })
}

/** A propagator that writes the way of a message, too, where {@link onPathTo} has put it into the context. */
export function withPaths(propagator: TextMapPropagator): TextMapPropagator {
  return {
    inject(context, carrier, setter) {
      propagator.inject(context, carrier, setter)
      const next = context.getValue(nextKey) as Path | undefined
      if (next !== undefined) setter.set(carrier, pathHeader, `${next.hash}.${next.startedMs.toString(36)}`)
    },
    extract: (context, carrier, getter) => propagator.extract(context, carrier, getter),
    fields: () => [...propagator.fields(), pathHeader],
  }
}
