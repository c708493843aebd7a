import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import { ask, questions } from '../questions.ts'
import type { RunningHello } from '../start.ts'

/** Serves the page of the example: a button for each question, and a link to the trace of its answer. */
export function servePage(hello: RunningHello, waybillUrl: string): FastifyInstance {
  const base = waybillUrl.replace(/\/$/, '')
  const app = fastify({ forceCloseConnections: true })
  app.get('/', async (_, reply) =>
    reply.type('text/html').send(await readFile(new URL('./index.html', import.meta.url))),
  )
  app.get('/page.json', () => ({ leftOut: hello.leftOut, questions }))
  app.post<{ Params: { id: string } }>('/questions/:id', async ({ params }, reply) => {
    const question = questions.find(({ id }) => id === params.id)
    if (question === undefined) return reply.code(404).send({ error: `There is no question ${params.id}` })
    const { httpStatus, text, traceId } = await ask(hello, question)
    return { httpStatus, text, url: traceId && `${base}/trace/${traceId}` }
  })
  return app
}
