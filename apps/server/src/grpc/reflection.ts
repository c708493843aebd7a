import type { ServerDuplexStream } from '@grpc/grpc-js'
import { status } from '@grpc/grpc-js'
import type protobuf from 'protobufjs'
import type { FileDescriptor } from './descriptors.ts'
import { serviceDefinition } from './protos.ts'
import type { GrpcService } from './server.ts'

/** A ServerReflectionRequest; one of the fields behind `host` is not null. */
interface Request {
  readonly host: string
  readonly fileByFilename?: string
  readonly fileContainingSymbol?: string
  readonly fileContainingExtension?: { readonly containingType: string }
  readonly allExtensionNumbersOfType?: string
  readonly listServices?: string
}

type Call = ServerDuplexStream<Request, object>

/**
 * Server reflection (grpc/grpc, doc/server-reflection.md), by which grpcurl and its like know what to call.
 *
 * @param version `v1alpha` for older clients; the messages are the same.
 */
export function reflectionService(
  version: 'v1' | 'v1alpha',
  root: protobuf.Root,
  files: () => readonly FileDescriptor[],
): GrpcService {
  const calls = new Set<Call>()
  return {
    definition: serviceDefinition(root, `grpc.reflection.${version}.ServerReflection`),
    handlers: {
      ServerReflectionInfo: (call: Call) => {
        calls.add(call)
        call.on('close', () => calls.delete(call))
        call.on('data', (request: Request) => {
          call.write({ validHost: request.host, originalRequest: request, ...answer(request, files()) })
        })
        call.on('end', () => call.end())
      },
    },
    close: () => {
      for (const call of calls) call.end()
    },
  }
}

function answer(request: Request, files: readonly FileDescriptor[]): object {
  const { fileByFilename, fileContainingSymbol, fileContainingExtension, allExtensionNumbersOfType } = request
  if (fileByFilename !== undefined)
    return withImports(
      files.find(file => file.name === fileByFilename),
      fileByFilename,
      files,
    )
  if (fileContainingSymbol !== undefined)
    return withImports(
      files.find(file => file.symbols.includes(fileContainingSymbol)),
      fileContainingSymbol,
      files,
    )
  // Extensions belong to proto2; no message here has any.
  if (allExtensionNumbersOfType !== undefined) {
    if (!files.some(file => file.symbols.includes(allExtensionNumbersOfType)))
      return notFound(allExtensionNumbersOfType)
    return { allExtensionNumbersResponse: { baseTypeName: allExtensionNumbersOfType } }
  }
  if (fileContainingExtension !== undefined)
    return notFound(`an extension of ${fileContainingExtension.containingType}`)
  if (request.listServices !== undefined) {
    const names = files.flatMap(file => file.services).sort()
    return { listServicesResponse: { service: names.map(name => ({ name })) } }
  }
  return failed(status.INVALID_ARGUMENT, 'the request asks for nothing')
}

/** A file and all that it needs, so that a client has to ask once. */
function withImports(
  file: FileDescriptor | undefined,
  asked: string,
  files: readonly FileDescriptor[],
): object {
  if (file === undefined) return notFound(asked)
  const needed = new Set([file])
  for (const { imports } of needed) {
    for (const other of files) if (imports.includes(other.name)) needed.add(other)
  }
  return { fileDescriptorResponse: { fileDescriptorProto: [...needed].map(({ bytes }) => bytes) } }
}

function notFound(what: string): object {
  return failed(status.NOT_FOUND, `there is no ${what}`)
}

function failed(errorCode: number, errorMessage: string): object {
  return { errorResponse: { errorCode, errorMessage } }
}
