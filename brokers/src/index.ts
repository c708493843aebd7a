// Brokers, from wherever this machine can have them.
export { BrokerUnavailable } from './errors.ts'
export { freePorts } from './free-port.ts'
export type { GuardedCommand, GuardedProcess } from './guarded-process.ts'
export { runGuarded } from './guarded-process.ts'
export type { KafkaBroker, KafkaOptions } from './kafka.ts'
export { startKafka } from './kafka.ts'
export { untilLine } from './until-line.ts'
