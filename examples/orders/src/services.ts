import { fileURLToPath } from 'node:url'
import type { Workshop } from '@waybill/brokers'
import { goProgram, pythonPrograms } from '@waybill/brokers'

/** The services of the article, and which broker each talks to. */
export const serviceNames = [
  'order-service',
  'payment-service',
  'notification-service',
  'message-service',
  'message-worker',
] as const
export type ServiceName = (typeof serviceNames)[number]

export interface Service {
  readonly name: ServiceName
  readonly broker: 'kafka' | 'rabbitmq'
  /** What installs it; absent for Node. */
  readonly workshop?: Workshop
  /** Of its workshop, or a file of ours. */
  readonly program: string
}

function folder(name: ServiceName): string {
  return fileURLToPath(new URL(`../${name}`, import.meta.url))
}

function python(name: ServiceName): Pick<Service, 'name' | 'workshop' | 'program'> {
  return { name, workshop: pythonPrograms(name, folder(name)), program: 'consumer.py' }
}

/** In the order in which a message passes them. */
export const services: readonly Service[] = [
  { name: 'order-service', broker: 'kafka', program: `${folder('order-service')}/producer.ts` },
  { ...python('payment-service'), broker: 'kafka' },
  {
    name: 'notification-service',
    broker: 'kafka',
    workshop: goProgram('notification-service', folder('notification-service')),
    program: 'notification-service',
  },
  { name: 'message-service', broker: 'rabbitmq', program: `${folder('message-service')}/producer.ts` },
  { ...python('message-worker'), broker: 'rabbitmq' },
]

/** The command that runs a service, installed in `cwd` where it is not Node's. */
export function commandOf({ name, workshop, program }: Service): readonly string[] {
  if (workshop !== undefined) return workshop.run(program)
  return [
    process.execPath,
    // kafkajs 2.2 computes negative timeouts, which Node 24 warns of.
    '--disable-warning=TimeoutNegativeWarning',
    '--import',
    '@waybill/instrument/register',
    program.replace(/^(?!\/)/, `${folder(name)}/`),
  ]
}

/** Configuration of the instrumentation of a service in Node. */
export function tracingOf(name: ServiceName): string {
  return `${folder(name)}/tracing.ts`
}
