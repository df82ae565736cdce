// A Kafka cluster for tests and simulators. Nothing else of this folder is public.
export { BrokerDouble, brokerDouble } from './broker-double.ts'
export type { BrokerDoubleOptions } from './broker-double.ts'
export { DoubleLink } from './double-link.ts'
export type { LinkSettings } from './double-link.ts'
export { DoubleTransport } from './double-transport.ts'
export type { DoubleTransportOptions } from './double-transport.ts'
export type { DoubleRequest, Fault, Faults } from './fault.ts'
