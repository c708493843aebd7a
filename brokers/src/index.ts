// Brokers, from wherever this machine can have them.
export { BrokerUnavailable } from './errors.ts'
export { freePorts } from './free-port.ts'
export type { KafkaBroker, KafkaOptions } from './kafka.ts'
export { startKafka } from './kafka.ts'
