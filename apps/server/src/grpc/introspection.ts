import protobuf from 'protobufjs'
import type { FileDescriptor } from './descriptors.ts'
import { describeFiles } from './descriptors.ts'
import { healthService } from './health.ts'
import type { ProtoFile } from './protos.ts'
import { parseProtos, readProtos } from './protos.ts'
import { reflectionService } from './reflection.ts'
import type { GrpcService } from './server.ts'

const ownFiles = readProtos(new URL('proto/', import.meta.url), [
  'health.proto',
  'reflection-v1.proto',
  'reflection-v1alpha.proto',
])

/**
 * The messages of some services, and beside the services those by which a client learns of them: health and
 * reflection.
 *
 * @param serviceFiles each after those that it imports.
 */
export function introspect(serviceFiles: readonly ProtoFile[]): {
  readonly root: protobuf.Root
  readonly services: readonly GrpcService[]
} {
  const protos = [...serviceFiles, ...ownFiles]
  const root = parseProtos(protos)
  // Few ask for descriptions; those who do not shall not wait for them at the start.
  let described: readonly FileDescriptor[] | undefined
  const files = (): readonly FileDescriptor[] => {
    described ??= describeFiles(protos, root)
    return described
  }
  return {
    root,
    services: [
      healthService(root, serviceNames(parseProtos(serviceFiles))),
      reflectionService('v1', root, files),
      reflectionService('v1alpha', root, files),
    ],
  }
}

function serviceNames(namespace: protobuf.NamespaceBase): readonly string[] {
  return namespace.nestedArray.flatMap(one => {
    if (one instanceof protobuf.Service) return [one.fullName.slice(1)]
    return one instanceof protobuf.Namespace ? serviceNames(one) : []
  })
}
