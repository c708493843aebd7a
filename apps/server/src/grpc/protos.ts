import { readFileSync } from 'node:fs'
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'
import protobuf from 'protobufjs'

/** A .proto file by the name under which others import it. */
export interface ProtoFile {
  readonly name: string
  readonly text: string
}

/** Reads .proto files below a folder, each after those that it imports. */
export function readProtos(folder: URL, names: readonly string[]): readonly ProtoFile[] {
  return names.map(name => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
}

/** One tree of all messages and services of these files. */
export function parseProtos(files: readonly ProtoFile[]): protobuf.Root {
  const root = new protobuf.Root()
  for (const { text } of files) protobuf.parse(text, root)
  root.resolveAll()
  return root
}

/** What the codec makes of a message: every field there, 64-bit integers as texts, enums as their names. */
const asObject: protobuf.IConversionOptions = { defaults: true, longs: String, enums: String }

/**
 * A service as grpc-js takes it. Requests come as objects with lowerCamelCase names and every field present,
 * a message that is not there as null. An answer is such an object with whatever is to be set, or bytes that
 * are encoded already.
 *
 * @param name with its package: `jaeger.api_v2.SamplingManager`.
 */
export function serviceDefinition(root: protobuf.Root, name: string): ServiceDefinition {
  const service = root.lookupService(name)
  const methods = service.methodsArray.map((method): [string, MethodDefinition<object, object>] => {
    const request = messageCodec(service.lookupType(method.requestType))
    const response = messageCodec(service.lookupType(method.responseType))
    const definition = {
      path: `/${name}/${method.name}`,
      requestStream: method.requestStream === true,
      responseStream: method.responseStream === true,
      requestSerialize: request.encode,
      requestDeserialize: request.decode,
      responseSerialize: response.encode,
      responseDeserialize: response.decode,
    }
    return [method.name, definition]
  })
  return Object.fromEntries(methods)
}

interface MessageCodec {
  readonly encode: (message: object) => Buffer
  readonly decode: (bytes: Uint8Array) => object
}

function messageCodec(type: protobuf.Type): MessageCodec {
  return {
    encode: message =>
      Buffer.from(message instanceof Uint8Array ? message : type.encode(type.fromObject(message)).finish()),
    decode: bytes => type.toObject(type.decode(bytes), asObject),
  }
}
