import { fileURLToPath } from 'node:url'
import type { Workshop } from '@waybill/brokers'
import { goProgram, pythonPrograms } from '@waybill/brokers'

/** The services of the article. */
export type ServiceName = 'gotest' | 'flask_sample'

export interface Service {
  readonly name: ServiceName
  /** What installs it. */
  readonly workshop: Workshop
  /** Of its workshop. */
  readonly program: string
}

function folder(name: ServiceName): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url))
}

const python = pythonPrograms('flask_sample', folder('flask_sample'))
const protoc = ['environment/bin/python', '-m', 'grpc_tools.protoc', '-I.', '--python_out=.']

export const services: readonly Service[] = [
  { name: 'gotest', workshop: goProgram('gotest', folder('gotest')), program: 'gotest' },
  {
    name: 'flask_sample',
    workshop: {
      ...python,
      fits: {
        command: ['python3', '-c', 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))'],
        otherwise: 'its packages need Python 3.10 to 3.13',
      },
      // The stubs for gRPC are made where the service is installed, and are not part of the tree.
      setUp: [...python.setUp, [...protoc, '--grpc_python_out=.', 'helloworld.proto']],
    },
    program: 'app.py',
  },
]
