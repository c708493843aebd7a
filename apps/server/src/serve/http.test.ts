import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { buildHttp, normalizeBasePath } from './http.ts'
import type { Queries } from './queries.ts'

/** No test here asks a question: a request that reaches the queries fails, as with a broken store. */
const queries = new Proxy({} as Queries, {
  get: (_, name) => () => Promise.reject(new Error(`disk on fire: ${String(name)}`)),
})
const page = '<!doctype html><base href="/"><script type="module" src="./assets/index-abc123.js"></script>'

describe('the web and what surrounds it', () => {
  let folder: string
  let app: FastifyInstance
  const logged: object[] = []
  const log = { error: (details: object) => void logged.push(details) }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-web-'))
    app = await buildHttp({ queries, log, webFolder: folder })
  })
  after(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })

  test('before the web is built, a page says how to build it', async () => {
    const reply = await app.inject('/')
    assert.equal(reply.statusCode, 503)
    assert.match(reply.body, /npm run build/)
    assert.match(String(reply.headers['content-type']), /^text\/html/)
  })

  test('a build that appears is served at once, for every path of the page', async () => {
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), page)
    await writeFile(join(folder, 'icon.svg'), '<svg/>')
    await writeFile(join(folder, 'assets/index-abc123.js'), 'export {}')
    for (const path of [
      '/',
      '/trace/4bf92f35',
      '/search?service=a',
      '/services/my.service',
      '/queues/kafka/a%2Fb',
    ]) {
      const reply = await app.inject(path)
      assert.equal(reply.statusCode, 200, path)
      assert.equal(reply.body, page)
      assert.equal(reply.headers['cache-control'], 'no-cache')
    }
  })

  test('hashed files are kept for a year, others are asked for again', async () => {
    const asset = await app.inject('/assets/index-abc123.js')
    assert.equal(asset.body, 'export {}')
    assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.match(String(asset.headers['content-type']), /^text\/javascript|application\/javascript/)
    const icon = await app.inject('/icon.svg')
    assert.equal(icon.headers['cache-control'], 'public, max-age=0')
    assert.match(String(icon.headers['content-type']), /^image\/svg\+xml/)
  })

  test('files that are not there, or not meant to be read', async () => {
    for (const path of [
      '/assets/none.js',
      '/assets/..%2findex.html',
      '/assets/..%2f..%2fetc%2fpasswd',
      '/assets/',
    ])
      assert.notEqual((await app.inject(path)).statusCode, 200, path)
  })

  test('nothing runs that is not ours, and no page stands in a frame unless it is asked to', async () => {
    for (const path of ['/', '/assets/index-abc123.js', '/api/waybill/v1/none', '/api/none']) {
      const { headers } = await app.inject(path)
      const policy = String(headers['content-security-policy'])
      assert.match(policy, /default-src 'self'/)
      assert.doesNotMatch(policy, /unsafe|\*/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'same-origin')
      assert.equal(headers['x-frame-options'], 'DENY')
    }
    const { headers } = await app.inject('/trace/1?embed')
    assert.doesNotMatch(String(headers['content-security-policy']), /frame-ancestors/)
    assert.equal(headers['x-frame-options'], undefined)
    const { headers: other } = await app.inject('/search?tags=embedded&q=?embedding')
    assert.equal(other['x-frame-options'], 'DENY')
  })

  test('a path of the native API that is none: JSON, with advice', async () => {
    const reply = await app.inject('/api/waybill/v1/none?x=1')
    assert.equal(reply.statusCode, 404)
    assert.deepEqual(reply.json(), {
      error: {
        code: 'NOT_FOUND',
        message: 'nothing is at /api/waybill/v1/none',
        advice: 'Check the id and the time range.',
      },
    })
  })

  test('a wrong method names the right ones', async () => {
    const reply = await app.inject({ method: 'POST', url: '/api/waybill/v1/traces', payload: {} })
    assert.equal(reply.statusCode, 405)
    assert.equal(reply.headers['allow'], 'GET, HEAD')
    assert.equal(reply.json().error.code, 'METHOD_NOT_ALLOWED')
  })

  test('a path below /api that nobody knows is plain text, as Jaeger has it', async () => {
    const reply = await app.inject('/api/none')
    assert.equal(reply.statusCode, 404)
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
    assert.equal(reply.body, '404 page not found\n')
  })

  test('a path with broken escapes is refused, not crashed on', async () => {
    for (const path of ['/api/services/%zz/operations', '/%'])
      assert.equal((await app.inject(path)).statusCode, 400, path)
  })

  test('a wrong parameter never reaches the store', async () => {
    const reply = await app.inject('/api/waybill/v1/traces?limit=0')
    assert.equal(reply.statusCode, 400)
    assert.equal(reply.json().error.code, 'BAD_PARAMETER')
    const query = await app.inject('/api/waybill/v1/traces?q=service:')
    assert.deepEqual(
      [query.statusCode, query.json().error.code, query.json().error.position],
      [400, 'BAD_QUERY', 8],
    )
  })

  test('a failure inside says nothing of itself to the client, and everything to the log', async () => {
    logged.length = 0
    const native = await app.inject('/api/waybill/v1/services')
    assert.equal(native.statusCode, 500)
    assert.equal(native.json().error.code, 'INTERNAL')
    const legacy = await app.inject('/api/services')
    assert.equal(legacy.statusCode, 500)
    assert.equal(legacy.headers['content-type'], 'text/plain; charset=utf-8')
    assert.deepEqual(JSON.parse(legacy.body), {
      data: null,
      total: 0,
      limit: 0,
      offset: 0,
      errors: [{ code: 500, msg: 'the server failed to answer' }],
    })
    assert.doesNotMatch(native.body + legacy.body, /fire/)
    assert.equal(logged.length, 2)
    assert.match(JSON.stringify(logged.map(details => 'err' in details && String(details.err))), /fire/)
  })
})

describe('under a base path', () => {
  let folder: string
  let app: FastifyInstance

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-web-'))
    await writeFile(join(folder, 'index.html'), page)
    await writeFile(join(folder, 'icon.svg'), '<svg/>')
    app = await buildHttp({ queries, log: { error: () => {} }, webFolder: folder, basePath: 'ops/tracing' })
  })
  after(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })

  test('the page knows where it stands', async () => {
    for (const path of ['/ops/tracing/', '/ops/tracing/trace/1'])
      assert.match((await app.inject(path)).body, /<base href="\/ops\/tracing\/">/)
    assert.equal((await app.inject('/ops/tracing/icon.svg')).body, '<svg/>')
  })

  test('the way to it is shown, anything else is not there', async () => {
    for (const path of ['/', '/ops/tracing']) {
      const reply = await app.inject(path)
      assert.deepEqual([reply.statusCode, reply.headers['location']], [302, '/ops/tracing/'], path)
    }
    assert.equal((await app.inject('/api/services')).statusCode, 404)
    assert.equal((await app.inject('/ops/tracing/api/none')).body, '404 page not found\n')
    assert.equal((await app.inject('/ops/tracing/api/waybill/v1/traces?limit=0')).statusCode, 400)
  })
})

test('a base path is the same however it is written', () => {
  for (const path of ['a/b', '/a/b', '/a/b/', '//a/b//']) assert.equal(normalizeBasePath(path), '/a/b/')
  for (const path of ['', '/', '//']) assert.equal(normalizeBasePath(path), '/')
})
