import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { Config } from '../config.ts'
import { findSlips, readConfig } from '../config.ts'
import { settings } from './settings.ts'
import type { Environment, Flags } from './sources.ts'
import { settingsTable } from './table.ts'

interface Sources {
  readonly toml?: string
  readonly env?: Environment
  readonly flags?: Flags
}

/** The configuration that the sources give in an otherwise empty folder. */
function read(t: TestContext, { toml, env = {}, flags = {} }: Sources = {}): Config {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-config-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  if (toml !== undefined) writeFileSync(join(folder, 'waybill.toml'), toml)
  return readConfig({ env, flags, folder })
}

/** The lines that a faulty configuration is refused with. */
function problems(t: TestContext, sources: Sources): readonly string[] {
  let lines: readonly string[] = []
  assert.throws(
    () => read(t, sources),
    (error: Error & { exitCode?: number }) => {
      lines = error.message.split('\n')
      return error.name === 'StartupError' && error.exitCode === 2
    },
  )
  return lines
}

test('the table in docs/configuration.md is the schema', () => {
  const doc = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8')
  assert.ok(
    doc.includes(settingsTable()),
    `put this table into docs/configuration.md:\n\n${settingsTable()}\n`,
  )
})

test('every setting has a description and one name of its own in each source', () => {
  for (const field of ['key', 'env', 'flag', 'option'] as const)
    assert.equal(new Set(settings.map(setting => setting[field])).size, settings.length, field)
  assert.deepEqual(
    settings.filter(({ description }) => description === ''),
    [],
  )
})

test('without any source all is at its default, and nothing can be changed', t => {
  const config = read(t)
  assert.equal(config.otlpHttp.port, 4318)
  assert.equal(config.receive.maxBodyBytes, 20 * 2 ** 20)
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.otlpHttp))
  assert.ok(Object.isFrozen(config.receive.corsOrigins))
})

test('flags come before the environment, the environment before the file', t => {
  const toml = '[otlpHttp]\nport = 1\n[otlpGrpc]\nport = 1\n[http]\nport = 1\nbasePath = "/tracing"\n'
  const env = { WAYBILL_OTLP_HTTP_PORT: '2', WAYBILL_OTLP_GRPC_PORT: '2', WAYBILL_HOST: '' }
  const config = read(t, { toml, env, flags: { otlpHttpPort: '3' } })
  assert.deepEqual([config.otlpHttp.port, config.otlpGrpc.port, config.http.port], [3, 2, 1])
  assert.equal(config.http.basePath, '/tracing')
  assert.equal(config.host, '127.0.0.1')
})

test('with free ports the system finds every port that no source has set', t => {
  const toml = 'ports = "free"\n[otlpGrpc]\nport = 1\n'
  const config = read(t, { toml, env: { WAYBILL_HTTP_PORT: '2' }, flags: { otlpHttpPort: '3' } })
  assert.deepEqual([config.otlpGrpc.port, config.http.port, config.otlpHttp.port], [1, 2, 3])
  assert.deepEqual([config.health.port, config.jaegerHttp.port], [0, 0])
  assert.equal(read(t, { env: { WAYBILL_PORTS: 'default' } }).health.port, 14269)
})

test('sizes, switches and lists are read from text as from TOML', t => {
  const fromText = read(t, {
    env: {
      WAYBILL_RECEIVE_MAX_BODY_BYTES: '1.5 MiB',
      WAYBILL_SPOOL_MAX_BYTES: '2GB',
      WAYBILL_OTLP_GRPC_ENABLED: 'false',
      WAYBILL_RECEIVE_CORS_ORIGINS: 'https://a.example, https://b.example',
    },
  })
  const fromFile = read(t, {
    toml: `[receive]\nmaxBodyBytes = ${1.5 * 2 ** 20}\ncorsOrigins = ["https://a.example", "https://b.example"]
[spool]\nmaxBytes = "2GB"\n[otlpGrpc]\nenabled = false`,
  })
  assert.deepEqual(fromText, fromFile)
  assert.equal(fromText.spool.maxBytes, 2e9)
  assert.deepEqual(read(t, { env: { WAYBILL_RECEIVE_CORS_ORIGINS: ',' } }).receive.corsOrigins, [])
})

test('limits of settings: the last value taken, the first refused', t => {
  assert.equal(read(t, { env: { WAYBILL_HTTP_PORT: '65535' } }).http.port, 65_535)
  assert.equal(read(t, { env: { WAYBILL_HTTP_PORT: '0' } }).http.port, 0)
  assert.equal(read(t, { env: { WAYBILL_SPOOL_MAX_BYTES: '1MiB' } }).spool.maxBytes, 2 ** 20)
  const loads = (loads: string, memory: string) => ({
    env: { WAYBILL_STORE_LOADS: loads, WAYBILL_STORE_MEMORY: memory },
  })
  assert.equal(read(t, loads('8', '5360MB')).store.loads, 8)
  assert.match(problems(t, loads('8', '5359MB'))[0] as string, /each load at once needs 670MB/)
  assert.match(problems(t, loads('9', '9GB'))[0] as string, /at most 8$/)
  assert.equal(read(t, loads('1', '750MB')).store.loads, 1)
  assert.match(problems(t, { env: { WAYBILL_HTTP_PORT: '65536' } })[0] as string, /ports end at 65535$/)
  assert.match(problems(t, { toml: '[http]\nport = -1' })[0] as string, /ports begin at 0$/)
  assert.match(problems(t, { env: { WAYBILL_SPOOL_MAX_BYTES: '1048575' } })[0] as string, /at least 1MiB$/)
})

test('retention: ages in milliseconds, a budget in bytes, and words for no limit', t => {
  const standard = read(t).retention
  assert.deepEqual(standard, { traces: 14 * 86_400_000, rollups: 90 * 86_400_000, disk: Infinity })
  const toml = '[retention]\ntraces = "1w"\nrollups = 0\ndisk = "1.5 TB"'
  assert.deepEqual(read(t, { toml }).retention, { traces: 604_800_000, rollups: Infinity, disk: 1.5e12 })
  const env = {
    WAYBILL_RETENTION_TRACES: 'off',
    WAYBILL_RETENTION_ROLLUPS: '1h',
    WAYBILL_RETENTION_DISK: '100MB',
  }
  assert.deepEqual(read(t, { env }).retention, { traces: Infinity, rollups: 3_600_000, disk: 1e8 })
  const wrong = (name: string, value: string) =>
    problems(t, { env: { [`WAYBILL_RETENTION_${name}`]: value } })[0] ?? ''
  assert.match(wrong('TRACES', '59m'), /must be at least 1h, or off$/)
  assert.match(wrong('TRACES', '7'), /must be a duration such as 7d or 12h, or off$/)
  assert.match(wrong('DISK', '99999999'), /must be at least 100MB, or off$/)
  assert.match(wrong('DISK', 'much'), /must be a size such as 20GiB, or off$/)
  assert.match(problems(t, { toml: '[retention]\ntraces = 7' })[0] ?? '', /must be a duration/)
})

test('all problems come at once, each with its source and the names in the others', t => {
  const lines = problems(t, {
    toml: '[log]\nlevel = "loud"\n[htpp]\nport = 1\n[spool]\nsegmentAge = 5',
    env: { WAYBILL_OTLP_HTTP_ENABLED: 'yes' },
    flags: { dataFolder: 'x', jaegerHttpPort: 'http' },
  })
  assert.deepEqual([...lines].sort(), [
    'htpp in waybill.toml: there is no such setting',
    'jaegerHttp.port = "http" (from --jaeger-http-port; it is also jaegerHttp.port in waybill.toml and WAYBILL_JAEGER_HTTP_PORT): must be a port from 0 to 65535',
    'log.level = "loud" (from waybill.toml; it is also WAYBILL_LOG_LEVEL and --log-level): must be one of debug, info, warn, error',
    'otlpHttp.enabled = "yes" (from WAYBILL_OTLP_HTTP_ENABLED; it is also otlpHttp.enabled in waybill.toml and --otlp-http-enabled): must be true or false',
    'spool.segmentAge in waybill.toml: there is no such setting',
  ])
})

test('a file that was named must be there, and be TOML', t => {
  assert.deepEqual(problems(t, { flags: { config: 'other.toml' } }), ['cannot read other.toml: ENOENT'])
  assert.deepEqual(problems(t, { env: { WAYBILL_CONFIG: 'b.toml' } }), ['cannot read b.toml: ENOENT'])
  assert.match(problems(t, { toml: 'host = "a"\nport = = 1' })[0] as string, /^waybill\.toml:2:8: /)
})

test('variables that are no settings are told, and those of Kubernetes explained', t => {
  assert.deepEqual(findSlips({ WAYBILL_PROT: '1', WAYBILL_HOST: 'a', WAYBILL_URL: 'b', HOME: 'c' }), [
    'the environment has WAYBILL_PROT, and there is no such setting',
  ])
  const [line = ''] = problems(t, { env: { WAYBILL_HTTP_PORT: 'tcp://10.0.0.1:80' } })
  assert.match(line, /enableServiceLinks: false$/)
})

test('times that are waited for are no longer than a timer takes', t => {
  const longest = 2 ** 31 - 1
  for (const [name, least] of [
    ['WAYBILL_SPOOL_SEGMENT_AGE_MS', 1],
    ['WAYBILL_SAMPLING_RELOAD_MS', 0],
  ] as const) {
    for (const value of [least, longest]) read(t, { env: { [name]: String(value) } })
    assert.match(
      problems(t, { env: { [name]: String(longest + 1) } })[0] as string,
      /must be at most 2147483647$/,
    )
    assert.match(problems(t, { env: { [name]: String(least - 1) } })[0] as string, /must be/)
  }
})

test('brokers without a topic are refused: nothing would be read, and nobody told', t => {
  const env = { WAYBILL_KAFKA_BROKERS: 'localhost:9092' }
  assert.equal(read(t, { env }).kafka.topics.length, 3)
  assert.deepEqual(read(t, { env: { WAYBILL_KAFKA_TOPICS: ',' } }).kafka.topics, [])
  assert.match(
    problems(t, { env: { ...env, WAYBILL_KAFKA_TOPICS: ',' } })[0] as string,
    /^kafka\.topics = .*must name a topic where there are brokers$/,
  )
})
