import type { ClientReadableStream, ServiceClientConstructor, ServiceError } from '@grpc/grpc-js'
import { Client, credentials, loadPackageDefinition } from '@grpc/grpc-js'
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader'
import { ProtobufWriter } from '@waybill/wire/protobuf'

/*
 * For tests: a client that knows nothing of a server but its address, as grpcurl. Its messages are made by
 * @grpc/proto-loader from what reflection hands out: fields as the files name them, maps as lists of entries.
 */

export interface ReflectiveClient {
  /** Every service of the server. */
  readonly services: readonly string[]
  /** All answers of one call. Rejects with a ServiceError. */
  readonly call: (service: string, method: string, request: object) => Promise<readonly Answer[]>
  /** The same of a call that takes several requests. */
  readonly converse: (
    service: string,
    method: string,
    requests: readonly object[],
  ) => Promise<readonly Answer[]>
  readonly close: () => void
}

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of which nothing is known here
export type Answer = any

interface ReflectOptions {
  readonly version?: 'v1' | 'v1alpha'
  /** What is called, where that is not the server that is asked for its messages. */
  readonly callUrl?: string
}

/** @param url as the server's `url`. */
export async function reflect(
  url: string,
  { version = 'v1', callUrl = url }: ReflectOptions = {},
): Promise<ReflectiveClient> {
  const address = addressOf(url)
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`
  const listed = await ask(address, path, 7, '')
  // ServerReflectionResponse.list_services_response = 6 { service = 1 { name = 1 } }
  const services = submessages(listed, 6)
    .flatMap(list => submessages(list, 1))
    .flatMap(one => submessages(one, 1))
  const names = services.map(String)
  const files = new Map<string, Buffer>()
  for (const name of names) {
    const found = await ask(address, path, 4, name)
    // file_descriptor_response = 4 { file_descriptor_proto = 1 { name = 1 } }
    for (const file of submessages(found, 4).flatMap(response => submessages(response, 1)))
      files.set(String(submessages(file, 1)[0]), file)
  }
  const set = new ProtobufWriter()
  for (const file of files.values()) set.raw(0x0a, file)
  const definition = loadFileDescriptorSetFromBuffer(Buffer.from(set.finish()), {
    longs: String,
    enums: String,
  })
  const packages = loadPackageDefinition(definition)
  const clients = new Map<string, Client>()
  const clientOf = (service: string): Client => {
    const Service = service
      .split('.')
      .reduce<object>((at, part) => (at as Record<string, object>)[part] ?? {}, packages)
    const client =
      clients.get(service) ??
      new (Service as ServiceClientConstructor)(addressOf(callUrl), credentials.createInsecure())
    clients.set(service, client)
    return client
  }
  return {
    services: names,
    call: (service, method, request) => invoke(clientOf(service), method, request),
    converse: (service, method, requests) => {
      const client = clientOf(service)
      const call = (client as Answer)[method]()
      for (const request of requests) call.write(request)
      call.end()
      return collect(call)
    },
    close: () => {
      for (const client of clients.values()) client.close()
    },
  }
}

function addressOf(url: string): string {
  return url.replace(/^http:\/\//, '')
}

function invoke(client: Client, method: string, request: object): Promise<readonly Answer[]> {
  const stub = (client as Answer)[method]
  return new Promise((resolve, reject) => {
    if (!stub.responseStream)
      return stub.call(client, request, (error: ServiceError | null, answer: Answer) =>
        error === null ? resolve([answer]) : reject(error),
      )
    resolve(collect(stub.call(client, request)))
  })
}

function collect(call: ClientReadableStream<Answer>): Promise<readonly Answer[]> {
  return new Promise((resolve, reject) => {
    const answers: Answer[] = []
    call
      .on('data', (answer: Answer) => answers.push(answer))
      .on('error', reject)
      .on('end', () => resolve(answers))
  })
}

/** Sends one ServerReflectionRequest that has a text in one field. */
function ask(address: string, path: string, field: number, text: string): Promise<Buffer> {
  const writer = new ProtobufWriter()
  writer.string(field * 8 + 2, text)
  const client = new Client(address, credentials.createInsecure())
  const bytes = (body: Buffer): Buffer => body
  return new Promise<Buffer>((resolve, reject) => {
    const call = client.makeBidiStreamRequest(path, bytes, bytes)
    call.on('data', resolve).on('error', reject)
    call.write(Buffer.from(writer.finish()))
    call.end()
  }).finally(() => client.close())
}

/** The values of one field, of those that have a length. */
function submessages(message: Buffer, field: number): readonly Buffer[] {
  const found: Buffer[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const value = varint()
    if (tag % 8 !== 2) continue
    if (tag === field * 8 + 2) found.push(message.subarray(at, at + value))
    at += value
  }
  return found
}
