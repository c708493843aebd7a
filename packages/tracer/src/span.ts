import type {
  Attributes,
  AttributeValue,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api'
import { SpanStatusCode } from '@opentelemetry/api'
import { AttributeList } from './attribute-list.ts'
import { monotonicMs, timeMs, wallMs } from './clock.ts'
import type { SpanLimits } from './limits.ts'
import type { Scope, SpanData, SpanEventData, SpanLinkData, SpanSink } from './span-data.ts'

/** What a span needs from the tracer that makes it. */
export interface SpanOwner {
  readonly scope: Scope
  readonly limits: SpanLimits
  readonly sink: SpanSink
}

export interface SpanStart {
  readonly name: string
  readonly kind: SpanKind
  readonly context: SpanContext
  readonly parent: SpanContext | undefined
  readonly startTime: TimeInput | undefined
}

const noEvents: readonly SpanEventData[] = []
const noLinks: readonly SpanLinkData[] = []
const sampledFlag = 1
const unset: SpanStatus = { code: SpanStatusCode.UNSET }

/** A span that records (OpenTelemetry API, "Span"). After its end it takes nothing more. */
export class RecordingSpan implements Span, SpanData {
  name: string
  readonly kind: SpanKind
  readonly parent: SpanContext | undefined
  readonly attributeList: AttributeList
  readonly startMs: number
  /** 0 until it has ended. */
  endMs = 0
  events: readonly SpanEventData[] = noEvents
  droppedEvents = 0
  links: readonly SpanLinkData[] = noLinks
  droppedLinks = 0
  status: SpanStatus = unset
  readonly #context: SpanContext
  readonly #owner: SpanOwner
  /** When it started by the monotonic clock, or NaN where the caller said when. */
  readonly #startedMs: number

  constructor(owner: SpanOwner, { name, kind, context, parent, startTime }: SpanStart) {
    const nowMs = monotonicMs()
    this.name = textOf(name)
    this.kind = kind
    this.parent = parent
    this.attributeList = new AttributeList(owner.limits.attributes, owner.limits.attributeValueLength)
    const startsNow = startTime === undefined || startTime === null
    this.startMs = startsNow ? wallMs(nowMs) : timeMs(startTime)
    this.#startedMs = startsNow ? nowMs : Number.NaN
    this.#context = context
    this.#owner = owner
  }

  /** As an object of its own, for hooks that look at a span. */
  get attributes(): Attributes {
    return this.attributeList.toObject()
  }

  spanContext(): SpanContext {
    return this.#context
  }

  isRecording(): boolean {
    return this.endMs === 0
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.endMs === 0) this.attributeList.set(key, value)
    return this
  }

  setAttributes(attributes: Attributes): this {
    if (this.endMs === 0) this.attributeList.setAll(attributes)
    return this
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.endMs !== 0) return this
    const { limits } = this.#owner
    if (this.events.length >= limits.events) {
      this.droppedEvents++
      return this
    }
    const isTime = isTimeInput(attributesOrTime)
    const at = isTime ? attributesOrTime : time
    const attributes = new AttributeList(limits.attributesPerEvent, limits.attributeValueLength)
    if (!isTime) attributes.setAll(attributesOrTime)
    const event = { name: textOf(name), timeMs: at === undefined ? this.#now() : timeMs(at), attributes }
    if (this.events === noEvents) this.events = [event]
    else (this.events as SpanEventData[]).push(event)
    return this
  }

  addLink(link: Link): this {
    if (this.endMs !== 0) return this
    const { limits } = this.#owner
    if (this.links.length >= limits.links || !isLink(link)) {
      this.droppedLinks++
      return this
    }
    const attributes = new AttributeList(limits.attributesPerLink, limits.attributeValueLength)
    attributes.setAll(link.attributes)
    attributes.dropped += link.droppedAttributesCount ?? 0
    const kept = { context: link.context, attributes }
    if (this.links === noLinks) this.links = [kept]
    else (this.links as SpanLinkData[]).push(kept)
    return this
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link)
    return this
  }

  /** OK is final; an error's message is kept only with the error (OpenTelemetry API, "Set Status"). */
  setStatus(status: SpanStatus): this {
    if (this.endMs !== 0 || status.code === SpanStatusCode.UNSET) return this
    if (this.status.code === SpanStatusCode.OK) return this
    const { code, message } = status
    this.status = code === SpanStatusCode.ERROR && typeof message === 'string' ? { code, message } : { code }
    return this
  }

  updateName(name: string): this {
    if (this.endMs === 0) this.name = textOf(name)
    return this
  }

  end(endTime?: TimeInput): void {
    if (this.endMs !== 0) return
    const endMs = endTime === undefined || endTime === null ? this.#now() : timeMs(endTime)
    this.endMs = endMs >= this.startMs ? endMs : this.startMs
    if ((this.#context.traceFlags & sampledFlag) === 0) return
    this.#owner.sink.add(this.#owner.scope, this)
  }

  /** The event `exception` of the semantic conventions ("Exceptions on spans"). */
  recordException(exception: Exception, time?: TimeInput): void {
    this.addEvent('exception', exceptionAttributes(exception), time)
  }

  #now(): number {
    const nowMs = monotonicMs()
    return Number.isNaN(this.#startedMs) ? wallMs(nowMs) : this.startMs + (nowMs - this.#startedMs)
  }
}

/** Names come from programs without types, too, and what is no text could not be encoded. */
function textOf(name: unknown): string {
  return typeof name === 'string' ? name : String(name)
}

/** Whether a link's ids have their lengths: `trace.getSpanContext` gives none where there is no span. */
function isLink(link: Link | undefined): link is Link {
  const { traceId, spanId } = link?.context ?? {}
  return traceId?.length === 32 && spanId?.length === 16
}

/** What was thrown may be anything: also nothing, a number, or an object that throws when it is looked at. */
function exceptionAttributes(exception: unknown): Attributes {
  if (typeof exception !== 'object' || exception === null) return { 'exception.message': String(exception) }
  const attributes: Attributes = {}
  try {
    const { code, name, message, stack } = exception as Readonly<Record<string, unknown>>
    const type = code ?? name
    if (type !== undefined && type !== null) attributes['exception.type'] = String(type)
    if (message !== undefined && message !== null) attributes['exception.message'] = String(message)
    if (typeof stack === 'string') attributes['exception.stacktrace'] = stack
  } catch {
    attributes['exception.message'] ??= 'what was thrown cannot be read'
  }
  return attributes
}

function isTimeInput(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value)
}
