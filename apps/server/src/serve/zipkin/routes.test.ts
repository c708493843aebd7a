import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { fastify } from 'fastify'
import type { Queries } from '../queries.ts'
import { zipkinRoutes } from './routes.ts'

/** No test here asks a question: a request that reaches the queries fails, as with a broken store. */
const queries = new Proxy({} as Queries, {
  get: (_, name) => () => Promise.reject(new Error(`disk on fire: ${String(name)}`)),
})

describe("Zipkin's port without its questions", () => {
  let app: FastifyInstance
  const logged: object[] = []
  before(async () => {
    app = fastify()
    await app.register(zipkinRoutes, {
      queries,
      version: '0.0.0-test',
      checkStore: () => Promise.reject(new Error('disk on fire')),
      log: { error: details => void logged.push(details) },
      now: Date.now,
      allowsOrigin: origin => origin === 'http://localhost:3000',
      webUrl: 'http://localhost:16686/tracing/',
    })
  })
  after(() => app.close())

  test('what the store cannot answer goes to the log', async () => {
    for (const path of ['/api/v2/services', '/zipkin/api/v2/traces', '/api/v2/trace/1']) {
      const reply = await app.inject(path)
      assert.equal(reply.statusCode, 500, path)
      assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
      assert.equal(reply.body, 'the server failed to answer')
    }
    assert.equal(logged.length, 3)
  })

  test('health is down with the store', async () => {
    const reply = await app.inject('/health')
    assert.equal(reply.statusCode, 503)
    const store = { status: 'DOWN', details: { error: 'the server failed to answer' } }
    assert.deepEqual(reply.json(), {
      status: 'DOWN',
      zipkin: { status: 'DOWN', details: { store } },
    })
  })

  test('the configuration of the UI is at two places', async () => {
    for (const path of ['/config.json', '/zipkin/config.json']) {
      const { searchEnabled, queryLimit, dependency } = (await app.inject(path)).json()
      assert.deepEqual([searchEnabled, queryLimit, dependency.enabled], [true, 10, true])
    }
  })

  test('pages lead to those of the web UI, by the name that this server was reached by', async () => {
    const pages = {
      '/': '/',
      '/zipkin': '/',
      '/zipkin/?serviceName=a': '/',
      '/zipkin/dependency': '/',
      '/zipkin/traces/1f': '/trace/1f',
      '/zipkin/traces/a%2Fb': '/trace/a%2Fb',
    }
    for (const [path, page] of Object.entries(pages)) {
      const reply = await app.inject({ url: path, headers: { host: 'traces.example:9411' } })
      assert.equal(reply.statusCode, 302, path)
      assert.equal(reply.headers.location, `http://traces.example:16686/tracing${page}`)
    }
  })

  test('pages of allowed origins may read the answers, also the errors', async () => {
    for (const path of ['/config.json', '/api/v2/services', '/api/v2/spans', '/nothing']) {
      const ask = (origin: string) => app.inject({ url: path, headers: { origin } })
      const allowed = await ask('http://localhost:3000')
      assert.equal(allowed.headers['access-control-allow-origin'], 'http://localhost:3000', path)
      assert.equal(allowed.headers.vary?.toString().includes('Origin'), true)
      assert.equal((await ask('http://evil.example')).headers['access-control-allow-origin'], undefined)
    }
  })

  test('a browser may ask and send with headers of its own', async () => {
    const origin = 'http://localhost:3000'
    for (const url of ['/api/v2/spans', '/api/v2/trace/1', '/zipkin/api/v2/traces']) {
      const headers = {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'b3',
      }
      const reply = await app.inject({ method: 'OPTIONS', url, headers })
      assert.equal(reply.statusCode, 204)
      assert.equal(reply.headers['access-control-allow-origin'], origin)
      assert.equal(reply.headers['access-control-allow-methods'], 'GET, POST')
      assert.equal(reply.headers['access-control-allow-headers'], 'b3')
    }
  })

  test('nothing else is there', async () => {
    for (const path of [
      '/api/v1/services',
      '/api/v2',
      '/api/v2/trace',
      '/zipkin/health',
      '/zipkin/static/x',
    ]) {
      const reply = await app.inject(path)
      assert.deepEqual([reply.statusCode, reply.body], [404, '404 Not Found'], path)
    }
  })
})
