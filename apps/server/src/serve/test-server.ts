import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StatusResponse } from '@waybill/api'
import { apiPaths } from '@waybill/api'
import type { Span, Trace } from '@waybill/model'
import { spanKinds, statusCodes } from '@waybill/model'
import type { PartialTraces } from '@waybill/wire/otlp'
import { readConfig } from '../config.ts'
import { createLog } from '../log.ts'
import { startWaybill } from '../main.ts'

/** A whole Waybill on free ports over a folder of its own, for tests. */
export interface RunningServer {
  /** Address of the web and the API, without a slash at the end. */
  readonly url: string
  /** Address of what else listens, by its name: `query-grpc`. */
  urlOf(name: string): string
  /** Sends traces by OTLP/JSON, and waits until the store has them. */
  send(...traces: readonly Trace[]): Promise<void>
  /** The same for an OTLP/JSON request as it stands. */
  sendRequest(request: PartialTraces): Promise<void>
  /** Where a receiver listens, by its name. */
  receiverUrl(name: string): string
  /** Posts a body that has so many spans, and waits until the store has them. */
  post(url: string, body: string, spans: number): Promise<void>
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** @param settings flags beside those that tests need. */
export async function runServer(settings: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-serve-'))
  const flags = { data: folder, logLevel: 'error', ports: 'free', ...settings }
  const config = readConfig({ flags, env: {}, folder })
  const waybill = await startWaybill(config, createLog(config.log), '0.0.0-test')
  const url = waybill.web.url.replace(/\/$/, '')
  let sentSpans = 0
  /** Each answer waits for what was acknowledged, up to a second; a machine under load may need several. */
  const stored = async (): Promise<void> => {
    for (let asked = 0; asked < 60; asked++) {
      const status = (await (await fetch(url + apiPaths.status)).json()) as StatusResponse
      if (status.spansStored >= sentSpans) return
    }
    throw new Error(`${sentSpans} spans were sent and are not stored after a minute`)
  }
  const receiverUrl = (name: string): string => {
    const found = waybill.receivers.find(receiver => receiver.name === name)
    if (found === undefined) throw new Error(`no receiver has the name ${name}`)
    return found.url
  }
  const post = async (to: string, body: string, spans: number): Promise<void> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(to, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(await response.text())
    sentSpans += spans
    await stored()
  }
  const sendRequest = async (request: PartialTraces): Promise<void> => {
    const scopes = (request.resourceSpans ?? []).flatMap(({ scopeSpans = [] }) => scopeSpans)
    const spans = scopes.reduce((sum, { spans = [] }) => sum + spans.length, 0)
    await post(`${receiverUrl('otlp-http')}/v1/traces`, JSON.stringify(request), spans)
  }
  return {
    url,
    urlOf: name => [...waybill.receivers, ...waybill.beside].find(one => one.name === name)?.url ?? '',
    send: (...traces) => sendRequest({ resourceSpans: traces.flatMap(resourceSpansOf) }),
    sendRequest,
    receiverUrl,
    post,
    async stop() {
      await waybill.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A trace as OTLP/JSON; each service is a resource of its own. */
function resourceSpansOf(trace: Trace): NonNullable<PartialTraces['resourceSpans']> {
  const services = [...new Set(trace.spans.map(span => span.service))]
  return services.map(service => ({
    resource:
      service === '' ? {} : { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        scope: { name: 'story', version: '1' },
        spans: trace.spans.filter(span => span.service === service).map(otlpSpan),
      },
    ],
  }))
}

function otlpSpan({ kind, status, service: _service, resource: _resource, scope: _scope, ...span }: Span) {
  return {
    ...span,
    kind: spanKinds.indexOf(kind),
    status: { ...status, code: statusCodes.indexOf(status.code) },
  }
}
