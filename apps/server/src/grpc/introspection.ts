import type protobuf from 'protobufjs'
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
  const files = describeFiles(protos, root)
  const own = new Set(ownFiles.map(({ name }) => name))
  const names = files.filter(({ name }) => !own.has(name)).flatMap(({ services }) => services)
  return {
    root,
    services: [
      healthService(root, names),
      reflectionService('v1', root, files),
      reflectionService('v1alpha', root, files),
    ],
  }
}
