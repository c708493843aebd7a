import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js'
import { Client, credentials, status } from '@grpc/grpc-js'
import { introspect } from './introspection.ts'
import { serviceDefinition } from './protos.ts'
import type { ReflectiveClient } from './reflective-client.ts'
import { reflect } from './reflective-client.ts'
import { serveGrpc } from './server.ts'

const protos = [
  {
    name: 'depots/goods.proto',
    text: `syntax = "proto3"; package depots;
      message Goods {
        enum Kind { NONE = 0; GLASS = 1; }
        message Box { bytes content = 1; fixed64 weight_nano = 2; }
        Kind kind = 1;
        repeated Box boxes = 2;
        map<string, Box> boxes_by_name = 3;
        oneof owner { string person = 4; int64 company_number = 5; }
      }`,
  },
  {
    name: 'depots.proto',
    text: `syntax = "proto3"; package depots.v1; import "depots/goods.proto";
      service Depot { rpc Store(depots.Goods) returns (depots.Goods); }`,
  },
]

async function start(t: TestContext): Promise<{ readonly client: ReflectiveClient; readonly url: string }> {
  const { root, services } = introspect(protos)
  const depot = {
    definition: serviceDefinition(root, 'depots.v1.Depot'),
    handlers: {
      Store: ({ request }: ServerUnaryCall<object, object>, callback: sendUnaryData<object>) =>
        callback(null, request),
    },
  }
  const options = { host: '127.0.0.1', port: 0, name: 'depot', purpose: 'a depot', setting: 'depot.port' }
  const server = await serveGrpc([depot, ...services], options)
  const client = await reflect(server.url)
  t.after(async () => {
    client.close()
    await server.close()
  })
  return { client, url: server.url }
}

const reflection = 'grpc.reflection.v1.ServerReflection'
const health = 'grpc.health.v1.Health'

test('messages of every kind of field go there and back, with nothing but what reflection tells', async t => {
  const { client } = await start(t)
  const box = { content: Buffer.from([0, 255]), weight_nano: '18446744073709551615' }
  const goods = {
    kind: 'GLASS',
    boxes: [box],
    boxes_by_name: [{ key: 'first', value: box }],
    company_number: '-9223372036854775808',
  }
  const [answer] = await client.call('depots.v1.Depot', 'Store', goods)
  assert.deepEqual(answer, goods)
})

test('files are found by their names and by what they declare, with all they import', async t => {
  const { client } = await start(t)
  const count = async (request: object): Promise<number> => {
    const [answer] = await client.converse(reflection, 'ServerReflectionInfo', [request])
    return answer.file_descriptor_response.file_descriptor_proto.length
  }
  assert.equal(await count({ file_by_filename: 'depots/goods.proto' }), 1)
  assert.equal(await count({ file_by_filename: 'depots.proto' }), 2)
  for (const [symbol, files] of [
    ['depots.v1.Depot', 2],
    ['depots.v1.Depot.Store', 2],
    ['depots.Goods', 1],
    ['depots.Goods.Box', 1],
    ['depots.Goods.Box.weight_nano', 1],
    ['depots.Goods.Kind', 1],
    ['depots.Goods.GLASS', 1],
  ] as const)
    assert.equal(await count({ file_containing_symbol: symbol }), files, symbol)
})

test('one call answers many questions, and says what is not there', async t => {
  const { client } = await start(t)
  const answers = await client.converse(reflection, 'ServerReflectionInfo', [
    { file_by_filename: 'nowhere.proto' },
    { file_containing_symbol: 'depots.v2.Depot' },
    { file_containing_extension: { containing_type: 'depots.Goods', extension_number: 7 } },
    { all_extension_numbers_of_type: 'depots.Goods' },
    { all_extension_numbers_of_type: 'depots.Bads' },
    {},
    { host: 'h', list_services: '*' },
  ])
  const errors = answers.map(({ error_response }) => error_response?.error_code)
  assert.deepEqual(errors, [
    status.NOT_FOUND,
    status.NOT_FOUND,
    status.NOT_FOUND,
    undefined,
    status.NOT_FOUND,
    status.INVALID_ARGUMENT,
    undefined,
  ])
  assert.equal(answers[3].all_extension_numbers_response.base_type_name, 'depots.Goods')
  assert.equal(answers[6].valid_host, 'h')
  assert.equal(answers[6].original_request.list_services, '*')
})

test('the server and its services are healthy, others are not found', async t => {
  const { client } = await start(t)
  for (const service of ['', 'depots.v1.Depot'])
    assert.deepEqual(await client.call(health, 'Check', { service }), [{ status: 'SERVING' }])
  await assert.rejects(client.call(health, 'Check', { service: 'depots.v2.Depot' }), {
    code: status.NOT_FOUND,
    details: 'there is no service depots.v2.Depot',
  })
  const [list] = await client.call(health, 'List', {})
  assert.deepEqual(list.statuses, [
    { key: '', value: { status: 'SERVING' } },
    { key: 'depots.v1.Depot', value: { status: 'SERVING' } },
  ])
})

test('the end of the server ends those who watch it', async () => {
  const { services } = introspect(protos)
  const options = { host: '127.0.0.1', port: 0, name: 'depot', purpose: 'a depot', setting: 'depot.port' }
  const server = await serveGrpc(services, options)
  const client = await reflect(server.url)
  const watched = client.call(health, 'Watch', { service: 'depots.v2.Depot' })
  const held = new Client(server.url.replace('http://', ''), credentials.createInsecure())
  const bytes = (body: Buffer): Buffer => body
  const call = held.makeBidiStreamRequest(`/${reflection}/ServerReflectionInfo`, bytes, bytes)
  const ended = new Promise(resolve => call.on('end', resolve))
  const answered = new Promise(resolve => call.once('data', resolve))
  // ServerReflectionRequest.list_services = 7
  call.write(Buffer.from([0x3a, 0]))
  await answered
  await server.close()
  assert.deepEqual(await watched, [{ status: 'SERVICE_UNKNOWN' }])
  await ended
  held.close()
  client.close()
})

test('bytes that are no message are refused, and the next request answered', async t => {
  const { client, url } = await start(t)
  const raw = new Client(url.replace('http://', ''), credentials.createInsecure())
  const bytes = (body: Buffer): Buffer => body
  const garbage = new Promise((resolve, reject) =>
    raw.makeUnaryRequest(
      '/depots.v1.Depot/Store',
      bytes,
      bytes,
      Buffer.from([0x12, 0x7f]),
      (error, answer) => (error === null ? resolve(answer) : reject(error)),
    ),
  )
  await assert.rejects(garbage, { code: status.INTERNAL })
  raw.close()
  assert.equal((await client.call(health, 'Check', {})).length, 1)
})
