import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Attributes, Span } from '@opentelemetry/api'
import {
  context as contexts,
  isSpanContextValid,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { recordFailure } from '../../failure.ts'
import { withSpan } from '../../layered-context.ts'
import { scopeName, scopeVersion } from '../../tracing.ts'
import { guarded } from '../../warn.ts'
import { requestCreated, tellOfRequests } from './created.ts'
import type { SpanMethod } from './methods.ts'
import { spanMethods } from './methods.ts'
import type { RequestOptions, RuleOf } from './rules.ts'
import { nameOf, requestRules } from './rules.ts'

/*
 * Node tells of requests that are made on these channels (node:diagnostics_channel):
 *
 *   undici:request:create, :headers, :error                           fetch
 *   http.client.request.created, .response.finish, .request.error     http.request and https.request
 *
 * `response.finish` is told when the head of the answer is there.
 */

/** A request of undici, on which fetch stands. */
interface UndiciRequest {
  readonly method?: string
  readonly origin?: string | URL
  readonly path?: string
  /** Text, or a list of names and values by turns. */
  readonly headers?: string | readonly unknown[]
  addHeader?(name: string, value: string): void
}

/** What both kinds of requests have for us. */
interface OutgoingRequest {
  readonly method: string
  readonly url: URL
  hasHeader(name: string): boolean
  addHeader(name: string, value: string): void
}

/** The options, prepared, and the spans of requests that are not answered yet. */
interface Client {
  readonly ruleOf: RuleOf
  readonly methodOf: (method: string) => SpanMethod
  readonly spans: WeakMap<object, Span>
}

let unpatch: (() => void) | undefined

/**
 * Gives every HTTP request that this process makes, by `fetch` or `http.request`, a span (kind CLIENT, HTTP
 * conventions 1.44) that lasts until the head of the answer, and the context of it in its headers. A context that the
 * application has put there stays. Patching again replaces the options.
 *
 * @param knownMethods instead of those that the conventions list.
 */
export function patchHttpClients(
  options: Pick<RequestOptions, 'rules'> = {},
  knownMethods?: readonly string[],
): void {
  unpatch?.()
  tellOfRequests()
  const spans = new WeakMap<object, Span>()
  const client: Client = { ruleOf: requestRules(options.rules), methodOf: spanMethods(knownMethods), spans }
  const listeners = [
    on<{ request: UndiciRequest }>('undici:request:create', ({ request }) =>
      start(client, request, ofUndici(request)),
    ),
    on<{ request: object; response: { statusCode: number } }>(
      'undici:request:headers',
      ({ request, response }) => end(spans, request, response.statusCode),
    ),
    on<{ request: object; error: unknown }>('undici:request:error', ({ request, error }) =>
      fail(spans, request, error),
    ),
    on<{ request: ClientRequest }>(requestCreated, ({ request }) => start(client, request, ofNode(request))),
    on<{ request: object; response: IncomingMessage }>(
      'http.client.response.finish',
      ({ request, response }) => end(spans, request, response.statusCode ?? 0),
    ),
    on<{ request: object; error: unknown }>('http.client.request.error', ({ request, error }) =>
      fail(spans, request, error),
    ),
  ]
  unpatch = () => {
    for (const remove of listeners) remove()
  }
}

function on<Message>(channel: string, listener: (message: Message) => void): () => void {
  const guardedListener = (message: unknown): void => {
    guarded('A request that was made could not be traced', () => listener(message as Message))
  }
  subscribe(channel, guardedListener)
  return () => void unsubscribe(channel, guardedListener)
}

function ofUndici(request: UndiciRequest): OutgoingRequest {
  const { headers = [] } = request
  return {
    method: request.method ?? 'GET',
    url: new URL(request.path ?? '/', request.origin),
    hasHeader: name =>
      typeof headers === 'string'
        ? headers.toLowerCase().includes(`${name}:`)
        : headers.some(header => String(header).toLowerCase() === name),
    addHeader: (name, value) => request.addHeader?.(name, value),
  }
}

function ofNode(request: ClientRequest): OutgoingRequest {
  const host = request.getHeader('host') ?? request.host
  return {
    method: request.method,
    url: new URL(request.path, `${request.protocol}//${host}`),
    hasHeader: name => request.hasHeader(name),
    addHeader: (name, value) => void request.setHeader(name, value),
  }
}

function start({ ruleOf, methodOf, spans }: Client, key: object, request: OutgoingRequest): void {
  if (spans.has(key)) return
  const { url } = request
  const parent = contexts.active()
  const rule = ruleOf(request.method, url.pathname)
  let context = parent
  if (!rule?.skip) {
    const method = methodOf(request.method)
    const attributes = attributesOf(method, url, rule?.route)
    const span = trace
      .getTracer(scopeName, scopeVersion)
      .startSpan(nameOf(method.name, rule), { kind: SpanKind.CLIENT, attributes }, parent)
    // One that no exporter shall tell of, such as its own.
    if (!isSpanContextValid(span.spanContext())) return
    spans.set(key, span)
    context = withSpan(parent, span)
  }
  // Whatever the propagator writes: a second context beside the first would be read together with it.
  const carries = (name: string): boolean => name !== 'baggage' && request.hasHeader(name.toLowerCase())
  if (propagation.fields().some(carries)) return
  propagation.inject(context, request, { set: (_, name, value) => request.addHeader(name, value) })
}

function attributesOf(method: SpanMethod, url: URL, route: string | undefined): Attributes {
  const isDefaultPort = url.port === ''
  return {
    ...method.attributes,
    // Without user, password and query, which may be secret.
    'url.full': `${url.origin}${url.pathname}`,
    'server.address': url.hostname,
    'server.port': isDefaultPort ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    ...(route === undefined ? undefined : { 'url.template': route }),
  }
}

/** The answer's head is there. For a client, 4xx is an error, too (HTTP conventions 1.44, status). */
function end(spans: WeakMap<object, Span>, key: object, statusCode: number): void {
  const span = taken(spans, key)
  if (span === undefined) return
  span.setAttribute('http.response.status_code', statusCode)
  if (statusCode >= 400) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', String(statusCode))
  }
  span.end()
}

function fail(spans: WeakMap<object, Span>, key: object, error: unknown): void {
  const span = taken(spans, key)
  if (span === undefined) return
  recordFailure(span, error)
  span.end()
}

function taken(spans: WeakMap<object, Span>, key: object): Span | undefined {
  const span = spans.get(key)
  spans.delete(key)
  return span
}
