import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Admin, Kafka } from 'kafkajs'
import type { ReportsTable } from './reports-table.ts'
import type { Settings } from './settings.ts'
import type { StatusChange } from './status-topic.ts'
import { followStatus, isFinal, statusTopic } from './status-topic.ts'

/** What the page and its live connection need. */
export interface PageParts {
  readonly settings: Settings
  readonly variant: 'headers' | 'value'
  readonly kafka: Kafka
  readonly admin: Admin
  readonly reports: ReportsTable
}

/** Serves the page at `/`, what it must know at `/page.json`, and each report's changes as server-sent events. */
export function servePage(app: FastifyInstance, parts: PageParts): void {
  const { settings, variant, reports } = parts
  app.get('/', async (_, reply) =>
    reply.type('text/html').send(await readFile(new URL('./page/index.html', import.meta.url))),
  )
  app.get('/page.json', () => ({
    variant,
    waybillUrl: settings.waybillUrl,
    otherUrl: settings.otherUrl,
  }))
  app.get<{ Params: { id: string } }>('/api/report/:id', ({ params }, reply) => {
    const report = reports.find(params.id)
    return report ?? reply.code(404).send({ error: `There is no report ${params.id}` })
  })
  app.get<{ Params: { id: string } }>('/api/report/:id/events', async ({ params }, reply) => {
    if (reports.find(params.id) === undefined)
      return reply.code(404).send({ error: 'There is no such report' })
    reply.hijack()
    await streamChanges(parts, params.id, reply.raw)
    return reply
  })
}

/** What a front end would do with a broker in the browser: listen to the report's topic until it is finished. */
async function streamChanges(
  { kafka, admin, reports }: PageParts,
  id: string,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const send = (change: StatusChange): void => {
    response.write(`data: ${JSON.stringify(change)}\n\n`)
    if (isFinal(change.status)) response.end()
  }
  const report = reports.find(id)
  if (report === undefined || isFinal(report.status)) {
    if (report !== undefined) send({ id, status: report.status })
    return
  }
  const closed = new Promise(resolve => response.once('close', resolve))
  const stop = await followStatus(kafka, admin, id, send)
  await closed
  await stop()
}

/**
 * Deletes the topics of reports, when the service ends. Not earlier: kafkajs's producers ask for the metadata of
 * every topic they have ever sent to, and fail for a while when one of them is gone.
 */
export async function deleteTopics(admin: Admin, ids: readonly string[]): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const topics = ids.map(statusTopic).filter(topic => existing.has(topic))
  if (topics.length > 0) await admin.deleteTopics({ topics })
}
