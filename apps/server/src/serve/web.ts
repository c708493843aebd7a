import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/**
 * Serves the web UI from its build: hashed files below `/assets/` for a year, the rest revalidated. Every
 * path that no file or route has gets the page itself, which reads the path in the browser (`/trace/…`,
 * `/search?…`). Where nothing is built, a page says how to.
 *
 * @param folder `apps/web/dist`; it may come into being while the server runs.
 * @param basePath path below which everything is served, `/` or `/…/`; the page's `<base>` is set to it.
 * @returns what answers a path that no route has.
 */
export async function serveWeb(
  app: FastifyInstance,
  folder: string,
  basePath: string,
): Promise<(request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>> {
  await app.register(fastifyStatic, { root: folder, serve: false })
  app.get('/assets/*', async (request, reply) => {
    const { '*': path } = request.params as { readonly '*': string }
    return reply.sendFile(`assets/${path}`, folder, { immutable: true, maxAge: '365d' })
  })
  return async (request, reply) => {
    const path = request.url.slice(basePath.length - 1).split('?')[0] ?? '/'
    const file = /^\/([a-z0-9][\w-]*\.(?:svg|png|ico|txt|webmanifest))$/i.exec(path)?.[1]
    if (file !== undefined && (await isFile(join(folder, file))))
      return reply.sendFile(file, folder, { maxAge: 0 })
    const page = await readPage(folder)
    reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8')
    return page === undefined
      ? reply.code(503).send(notBuilt)
      : reply.send(page.replace('<base href="/">', `<base href="${escapeHtml(basePath)}">`))
  }
}

/** Read anew each time: 1 kB, and a build while the server runs shows at once. */
async function readPage(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, 'index.html'), 'utf8')
  } catch {
    return undefined
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&"<>]/g, char => `&#${char.charCodeAt(0)};`)
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Waybill</title>
<h1>Waybill runs, but its pages are not built</h1>
<p>Build them with <code>npm run build</code> in the repository, then load this page again.
<p>The API and the command line work without them.
</html>
`
