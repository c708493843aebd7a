import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Admin, Producer } from '@platformatic/kafka'
import type { KafkaBroker } from '@waybill/brokers'
import { startKafka, startLocalKafka } from '@waybill/brokers'
import { decodeTraces, encodeTraces } from '@waybill/wire/otlp'
import {
  jaegerSpanJson,
  jaegerSpanProtobuf,
  jaegerThrift,
  otlpJson,
  otlpProtobuf,
  sampleSpan,
  zipkinJson,
  zipkinJsonV1,
  zipkinProtobuf,
  zipkinThrift,
} from '@waybill/wire/samples'
import type { CollectingDoor, DoorOptions } from '../../accept/collecting-door.ts'
import { openCollectingDoor } from '../../accept/collecting-door.ts'
import { createLog } from '../../log.ts'
import type { KafkaAccess } from './consume.ts'
import { startKafkaReceiver } from './kafka.ts'

let kafka: KafkaBroker
let admin: Admin
let producer: Producer

before(async () => {
  kafka = await startKafka()
  const client = { clientId: 'test', bootstrapBrokers: [...kafka.brokers] }
  admin = new Admin(client)
  producer = new Producer(client)
})
after(async () => {
  await producer.close()
  await admin.close()
  await kafka.stop()
})

interface Bench extends CollectingDoor {
  readonly topic: string
  readonly quarantineDir: string
  /** Lines of the log. */
  readonly lines: readonly string[]
  /** Starts a receiver of the same group; returns what stops it. */
  start(access?: Partial<KafkaAccess>): () => Promise<void>
  send(...values: readonly (Uint8Array | null)[]): Promise<void>
  /** Waits until the group has committed this offset on the partition. */
  committed(offset: bigint, partition?: number): Promise<void>
}

interface BenchOptions extends DoorOptions {
  /** Partitions of the topic; none when 0. */
  readonly partitions?: number
}

async function bench(t: TestContext, options: BenchOptions = {}): Promise<Bench> {
  const topic = `spans-${process.pid}-${Math.random().toString(36).slice(2)}`
  const { partitions = 1 } = options
  if (partitions > 0) await admin.createTopics({ topics: [topic], partitions, replicas: 1 })
  const door = await openCollectingDoor(options)
  const quarantineDir = mkdtempSync(join(tmpdir(), 'waybill-quarantine-'))
  const lines: string[] = []
  const log = createLog({ level: 'info', format: 'text' }, { write: line => lines.push(line) })
  const running = new Set<() => Promise<void>>()
  t.after(async () => {
    await Promise.all([...running].map(stop => stop()))
    await door.close()
    rmSync(quarantineDir, { recursive: true, force: true })
  })
  return {
    ...door,
    topic,
    quarantineDir,
    lines,
    start(access = {}) {
      const receiver = startKafkaReceiver({
        accept: door.accept,
        counter: door.counter,
        log,
        maxBodyBytes: 1e6,
        name: 'kafka',
        purpose: 'spans from Kafka',
        brokers: kafka.brokers,
        tls: false,
        username: '',
        password: '',
        mechanism: 'PLAIN',
        ...access,
        topics: [topic],
        group: topic,
        quarantineDir,
      })
      const stop = (): Promise<void> => {
        running.delete(stop)
        return receiver.close()
      }
      running.add(stop)
      return stop
    },
    async send(...values) {
      const messages = values.map(value => ({
        topic,
        ...(value === null ? {} : { value: Buffer.from(value) }),
      }))
      await producer.send({ messages, acks: -1 })
    },
    committed: (offset, partition = 0) =>
      until(`offset ${offset} is committed`, async () => {
        const groups = await admin.listConsumerGroupOffsets({ groups: [topic] }).catch(() => [])
        const found = groups[0]?.topics.find(({ name }) => name === topic)?.partitions
        return found?.find(({ partitionIndex }) => partitionIndex === partition)?.committedOffset === offset
      }),
  }
}

/** Polls a condition; what it waits for happens in the broker. */
async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + 30_000
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain until ${what}`)
    await delay(50)
  }
}

function request(...names: readonly string[]): Uint8Array {
  const spans = names.map((name, index) => ({
    traceId: 'aa'.repeat(16),
    spanId: String(index + 1).padStart(16, '0'),
    name,
    startTimeUnixNano: '1763640000000000000',
    endTimeUnixNano: '1763640000000000005',
  }))
  return encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

function json(...names: readonly string[]): Uint8Array {
  return Buffer.from(JSON.stringify(decodeTraces(request(...names))))
}

test('records in several encodings are taken once, those that are no spans go to quarantine', async t => {
  const { start, send, committed, names, counts, topic, quarantineDir, lines } = await bench(t)
  await send(
    request('a', 'b'),
    Buffer.from('hello'),
    null,
    json('c'),
    request('d').subarray(0, -1),
    request('e'),
  )
  const stop = start()
  await committed(6n)
  assert.deepEqual(await names(), ['a', 'b', 'c', 'e'])
  const refused = (offset: number, file: string) =>
    readFileSync(join(quarantineDir, `kafka-${topic}-0-${offset}.${file}`), 'utf8')
  assert.equal(readdirSync(quarantineDir).length, 4)
  assert.equal(refused(1, 'record'), 'hello')
  assert.match(refused(1, 'reason'), /^unsupported_type: 68656c6c6f begins no encoding of spans\n$/)
  assert.match(refused(4, 'reason'), /^bad_protobuf: .*byte \d+/)
  assert.ok(lines.some(line => line.includes(`${topic}/0@1: 68656c6c6f`)))
  assert.deepEqual(await counts(), {
    'requests accepted': 3,
    'requests tombstone': 1,
    'requests unsupported_type': 1,
    'requests bad_protobuf': 1,
    'spans accepted': 4,
  })
  await stop()
  // The next process goes on behind what was committed.
  await send(request('f'))
  start()
  await committed(7n)
  assert.deepEqual(await names(), ['a', 'b', 'c', 'e', 'f'])
})

test('every encoding of spans is read, in every compression of Kafka', async t => {
  const { start, send, committed, names, counts, topic } = await bench(t)
  const one = (name: string) => sampleSpan({ name })
  const values = [
    otlpProtobuf([one('otlp_proto')]),
    otlpJson([one('otlp_json')]),
    jaegerSpanProtobuf(one('jaeger_proto')),
    jaegerSpanJson(one('jaeger_json')),
    jaegerThrift([one('jaeger_thrift')]),
    zipkinProtobuf([one('zipkin_proto')]),
    zipkinJson([one('zipkin_json')]),
    zipkinJsonV1([one('zipkin_json_v1')]),
    zipkinThrift([one('zipkin_thrift')]),
  ]
  await send(...values)
  const compressions = ['gzip', 'snappy', 'lz4', 'zstd'] as const
  for (const compression of compressions) {
    const value = Buffer.from(otlpProtobuf([one(compression)]))
    await producer.send({ messages: [{ topic, value }], acks: -1, compression })
  }
  start()
  await committed(BigInt(values.length + compressions.length))
  assert.deepEqual(await names(), [
    'otlp_proto',
    'otlp_json',
    'jaeger_proto',
    'jaeger_json',
    'jaeger_thrift',
    'zipkin_proto',
    'zipkin_json',
    'zipkin_json_v1',
    'zipkin_thrift',
    ...compressions,
  ])
  assert.deepEqual(await counts(), { 'requests accepted': 13, 'spans accepted': 13 })
})

test('offsets are committed only after the spool has the spans; a full spool holds the topic up', async t => {
  const first = request('x'.repeat(500))
  const { start, send, committed, names, store, spool, lines, topic } = await bench(t, { maxBytes: 600 })
  let open: () => void = () => {}
  store.gate = new Promise(resolve => {
    open = resolve
  })
  await send(first)
  start()
  await committed(1n)
  await send(request('y'.repeat(500)))
  await until('the full spool is in the log', () => lines.some(line => line.includes('reason=spool_full')))
  const [group] = await admin.listConsumerGroupOffsets({ groups: [topic] })
  assert.equal(group?.topics[0]?.partitions[0]?.committedOffset, 1n)
  open()
  await spool.settled(10_000)
  await committed(2n)
  assert.deepEqual(
    (await names()).map(name => name[0]),
    ['x', 'y'],
  )
})

test('a record that the spool could never hold goes to quarantine; the largest it can hold is taken', async t => {
  const largest = request('x'.repeat(500))
  const tooLarge = request('y'.repeat(501))
  assert.equal(tooLarge.length, largest.length + 1)
  const limits = { maxBytes: largest.length }
  const { start, send, committed, names, counts, lines, topic, quarantineDir } = await bench(t, limits)
  await send(tooLarge, largest, request('z'))
  start()
  await until('the last record has its place', async () => (await names()).length === 2)
  await committed(3n)
  assert.deepEqual(
    (await names()).map(name => name[0]),
    ['x', 'z'],
  )
  const path = join(quarantineDir, `kafka-${topic}-0-0`)
  assert.deepEqual(readFileSync(`${path}.record`), Buffer.from(tooLarge))
  assert.equal(
    readFileSync(`${path}.reason`, 'utf8'),
    `body_too_large: ${tooLarge.length} bytes of spans are more than the spool ever holds (spool.maxBytes: ${largest.length})\n`,
  )
  assert.equal(lines.filter(line => line.includes('reason=body_too_large')).length, 1)
  assert.ok(lines.some(line => line.includes(`${topic}/0@0: ${tooLarge.length} bytes of spans`)))
  const found = await counts()
  assert.equal(found['requests accepted'], 2)
  assert.equal(found['requests body_too_large'], 1)
  assert.equal(found['spans accepted'], 2)
  assert.equal(found['spans body_too_large'], 1)
})

test('a topic that does not exist yet is waited for, and the wait ends at once when the server stops', async t => {
  const { start, send, committed, names, topic, lines } = await bench(t, { partitions: 0 })
  const stop = start()
  await until('the wait is in the log', () => lines.some(line => line.includes('waiting for topics')))
  await stop()
  start()
  await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
  await send(request('late'))
  await committed(1n)
  assert.deepEqual(await names(), ['late'])
})

test('brokers that do not answer are tried again, and do not hold up the end', async t => {
  const { start, lines } = await bench(t, { partitions: 0 })
  const stop = start({ brokers: ['127.0.0.1:1'] })
  await until('the failure is in the log', () => lines.some(line => line.includes('reading spans failed')))
  await stop()
})

test('when a member leaves, the others take its partitions: no record is lost', async t => {
  const { start, send, names, lines, topic } = await bench(t, { partitions: 2 })
  const stopFirst = start()
  await send(request('a'))
  await until('the first record is there', async () => (await names()).length > 0)
  start()
  await until('both are members', async () => {
    const group = (await admin.describeGroups({ groups: [topic] })).get(topic)
    return /^stable$/i.test(group?.state ?? '') && group?.members.size === 2
  })
  const sent = Array.from({ length: 40 }, (_, index) => `b${index}`)
  for (const name of sent) await send(request(name))
  await stopFirst()
  await send(request('c'))
  await until('all are there', async () => {
    const found = new Set(await names())
    return ['a', ...sent, 'c'].every(name => found.has(name))
  })
  assert.deepEqual(lines, [])
})

/** A key and a certificate for this machine, which is its own authority, in one file. */
function makeCertificate(t: TestContext): { readonly pemPath: string; readonly certificate: string } {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [keyPath, certificatePath, pemPath] = ['key', 'certificate', 'both'].map(name =>
    join(folder, `${name}.pem`),
  ) as [string, string, string]
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
  const asked = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  const files = ['-addext', names, '-keyout', keyPath, '-out', certificatePath]
  execFileSync('openssl', ['req', ...asked, ...files], { stdio: 'ignore' })
  const certificate = readFileSync(certificatePath, 'utf8')
  writeFileSync(pemPath, readFileSync(keyPath, 'utf8') + certificate)
  return { pemPath, certificate }
}

for (const { mechanism, isTls } of [
  { mechanism: 'PLAIN', isTls: false },
  { mechanism: 'SCRAM-SHA-256', isTls: true },
  { mechanism: 'SCRAM-SHA-512', isTls: false },
] as const)
  test(`brokers that ask for a login get it: ${mechanism}${isTls ? ' over TLS' : ''}; what is wrong is in the log`, async t => {
    const credentials = { username: 'waybill', password: 'p4ssword', mechanism }
    const { pemPath, certificate } = isTls ? makeCertificate(t) : {}
    const local = await startLocalKafka({ credentials, ...(pemPath && { pemPath }) })
    t.after(() => local.stop())
    const { start, names, lines, topic } = await bench(t, { partitions: 0 })
    const access = { brokers: local.brokers, tls: isTls, ...credentials }
    const isLogged = (text: RegExp) =>
      until(`${text} is in the log`, () => lines.some(line => text.test(line)))
    if (certificate !== undefined) {
      const stop = start(access)
      await isLogged(/self-signed certificate/)
      await stop()
      // What NODE_EXTRA_CA_CERTS does when a process starts.
      const known = getCACertificates('default')
      setDefaultCACertificates([...known, certificate])
      t.after(() => setDefaultCACertificates(known))
    }
    const sender = new Producer({
      clientId: 'test',
      bootstrapBrokers: [...local.brokers],
      sasl: credentials,
      ...(isTls && { tls: {} }),
      autocreateTopics: true,
    })
    await sender.send({ messages: [{ topic, value: Buffer.from(request('a')) }], acks: -1 })
    await sender.close()
    const stop = start({ ...access, password: 'wrong' })
    await isLogged(/authentication/i)
    await stop()
    start(access)
    await until('the record is there', async () => (await names()).length > 0)
  })

test('partitions that a topic gets later are read, too', async t => {
  const { start, send, committed, names, topic } = await bench(t)
  await send(request('a'))
  start()
  await committed(1n)
  await admin.createPartitions({ topics: [{ name: topic, count: 2, assignments: null }] })
  const newcomer = new Producer({ clientId: 'test', bootstrapBrokers: [...kafka.brokers] })
  t.after(() => newcomer.close())
  await newcomer.send({ messages: [{ topic, partition: 1, value: Buffer.from(request('b')) }], acks: -1 })
  await committed(1n, 1)
  await send(request('c'))
  await until('all are there', async () => (await names()).length === 3)
  assert.deepEqual([...(await names())].sort(), ['a', 'b', 'c'])
})

test('a group that stayed away until its offset was deleted begins with what is left', async t => {
  const { start, send, committed, names, topic } = await bench(t)
  await send(request('a'))
  const stop = start()
  await committed(1n)
  await stop()
  await send(request('b'), request('c'), request('d'))
  await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] })
  start()
  await committed(4n)
  assert.deepEqual(await names(), ['a', 'd'])
})

test('TLS is spoken where it is asked for', async t => {
  const { start } = await bench(t, { partitions: 0 })
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const firstByte = new Promise<number | undefined>(resolve => {
    server.once('connection', socket =>
      socket.once('data', data => {
        resolve(data[0])
        socket.destroy()
      }),
    )
  })
  start({ brokers: [`localhost:${port}`], tls: true })
  // ContentType handshake (RFC 8446, section 5.1).
  assert.equal(await firstByte, 22)
})
