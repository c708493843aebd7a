import { ProtobufWriter } from '../protobuf/writer.ts'

/** The instrumentation that a span's tags name; empty strings where they name none. */
export interface SpanScope {
  readonly name: string
  readonly version: string
}

/** The spans of one resource and scope: where they lie among all spans written. */
interface Group {
  readonly scope: SpanScope
  readonly ranges: { readonly start: number; end: number }[]
}

/**
 * Where spans, and then their request, are written: for one after the other, since nothing waits in between. Buffers of
 * its own would cost a small request more than all else, and V8 more garbage collection; what leaves is a copy of exactly
 * its size.
 */
const scratch = new ProtobufWriter(64 * 1024)
const whole = new ProtobufWriter(64 * 1024)

/**
 * Collects spans into an OTLP ExportTraceServiceRequest, in which those of one resource and one scope stand
 * together, whatever the order they come in. One at a time: the next one begins where this one has finished.
 */
export class RequestBuilder {
  /** Takes the fields of a span between {@link begin} and {@link end}. */
  readonly spans = scratch
  private readonly resources = new Map<number, Map<string, Group>>()
  private start = 0
  private message = 0

  constructor() {
    scratch.reset()
  }

  begin(): void {
    this.start = this.spans.length
    this.message = this.spans.begin(2 * 8 + 2)
  }

  /** @param resource a number of the caller's for the span's resource. */
  end(resource: number, scope: SpanScope): void {
    this.spans.end(this.message)
    let groups = this.resources.get(resource)
    if (groups === undefined) {
      groups = new Map()
      this.resources.set(resource, groups)
    }
    const key = `${scope.name}\n${scope.version}`
    const group = groups.get(key)
    const range = { start: this.start, end: this.spans.length }
    if (group === undefined) {
      groups.set(key, { scope, ranges: [range] })
      return
    }
    const last = group.ranges.at(-1)
    if (last?.end === this.start) last.end = range.end
    else group.ranges.push(range)
  }

  /**
   * The request: no bytes where there were no spans.
   *
   * @param attributesOf gives the attributes of a resource, as fields 1 of OTLP's Resource, by its number.
   */
  finish(attributesOf: (resource: number) => Uint8Array): Uint8Array {
    if (this.resources.size === 0) return new Uint8Array(0)
    const spans = this.spans.finish()
    whole.reset()
    for (const [number, groups] of this.resources) {
      const resourceSpans = whole.begin(1 * 8 + 2)
      whole.raw(1 * 8 + 2, attributesOf(number))
      for (const group of groups.values()) writeScopeSpans(whole, spans, group)
      whole.end(resourceSpans)
    }
    return Buffer.from(whole.finish())
  }
}

function writeScopeSpans(writer: ProtobufWriter, spans: Uint8Array, { scope, ranges }: Group): void {
  const scopeSpans = writer.begin(2 * 8 + 2)
  if (scope.name !== '') {
    const message = writer.begin(1 * 8 + 2)
    writer.string(1 * 8 + 2, scope.name)
    if (scope.version !== '') writer.string(2 * 8 + 2, scope.version)
    writer.end(message)
  }
  for (const { start, end } of ranges) writer.append(spans, start, end)
  writer.end(scopeSpans)
}
