import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import http from 'node:http'
import https from 'node:https'
import type { Attributes, Context, Span } from '@opentelemetry/api'
import { context as contexts, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { emptyContext, withSpan } from '../../layered-context.ts'
import { scopeName, scopeVersion } from '../../tracing.ts'
import { guarded } from '../../warn.ts'
import type { SpanMethod } from './methods.ts'
import { spanMethods } from './methods.ts'
import type { RequestOptions, RequestRule, RuleOf } from './rules.ts'
import { nameOf, requestRules } from './rules.ts'

type Emit = (this: EventEmitter, event: string | symbol, ...args: unknown[]) => boolean

/** Under which an emit of ours keeps the one it stands for. */
const original = Symbol.for('waybill.instrument.original')

/**
 * Gives every request that a server of this process receives a span (kind SERVER, HTTP conventions 1.44) that is
 * active while it is handled. Works on the prototypes, so servers and frameworks may be loaded before or after.
 * Patching again replaces the options.
 *
 * @param knownMethods instead of those that the conventions list.
 */
export function patchHttpServers(options: RequestOptions = {}, knownMethods?: readonly string[]): void {
  const server: Server = {
    ruleOf: requestRules(options.rules),
    methodOf: spanMethods(knownMethods),
    traceResponse: options.traceResponse ?? false,
  }
  for (const prototype of [http.Server.prototype, https.Server.prototype] as { emit: Emit }[]) {
    const patched = prototype.emit as Emit & { [original]?: Emit }
    const emit = patched[original] ?? patched
    const tracedEmit: Emit = function (event, ...args) {
      if (event !== 'request') return emit.call(this, event, ...args)
      const [request, response] = args as [IncomingMessage, ServerResponse]
      const context = guarded('A request could not be traced', () => startRequest(request, response, server))
      return context === undefined
        ? emit.call(this, event, ...args)
        : contexts.with(context, () => emit.call(this, event, ...args))
    }
    prototype.emit = Object.assign(tracedEmit, { [original]: emit })
  }
}

/** The options, prepared. */
interface Server {
  readonly ruleOf: RuleOf
  readonly methodOf: (method: string) => SpanMethod
  readonly traceResponse: boolean
}

function startRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { ruleOf, methodOf, traceResponse }: Server,
): Context {
  const given = request.method ?? 'GET'
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const rule = ruleOf(given, path)
  const parent = propagation.extract(emptyContext, request.headers)
  if (rule?.skip) return parent
  const method = methodOf(given)
  const span = trace
    .getTracer(scopeName, scopeVersion)
    .startSpan(
      nameOf(method.name, rule),
      { kind: SpanKind.SERVER, attributes: requestAttributes(request, method, path, rule) },
      parent,
    )
  if (traceResponse) {
    const { traceId, spanId, traceFlags } = span.spanContext()
    response.setHeader('traceresponse', `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`)
  }
  response.once('close', () => guarded('The end of a request could not be traced', () => end(span, response)))
  return withSpan(parent, span)
}

function requestAttributes(
  request: IncomingMessage,
  method: SpanMethod,
  path: string,
  rule: RequestRule | undefined,
): Attributes {
  const encrypted = 'encrypted' in request.socket
  const attributes: Attributes = {
    ...method.attributes,
    'url.scheme': encrypted ? 'https' : 'http',
    'url.path': path,
    'network.protocol.version': request.httpVersion,
  }
  if (rule?.route !== undefined) attributes['http.route'] = rule.route
  addServer(attributes, request.headers.host, encrypted)
  if (request.socket.remoteAddress !== undefined) attributes['client.address'] = request.socket.remoteAddress
  const agent = request.headers['user-agent']
  if (agent !== undefined) attributes['user_agent.original'] = agent
  return attributes
}

function addServer(attributes: Attributes, host: string | undefined, encrypted: boolean): void {
  if (host === undefined || !URL.canParse(`http://${host}`)) return
  const url = new URL(`http://${host}`)
  attributes['server.address'] = url.hostname
  attributes['server.port'] = url.port === '' ? (encrypted ? 443 : 80) : Number(url.port)
}

/** The client's errors (4xx) are no errors of the server's span (HTTP conventions 1.44, status). */
function end(span: Span, response: ServerResponse): void {
  const { statusCode } = response
  span.setAttribute('http.response.status_code', statusCode)
  if (statusCode >= 500) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.setAttribute('error.type', String(statusCode))
  }
  span.end()
}
