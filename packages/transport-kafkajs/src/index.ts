export { connectByKafkajs } from './connect.ts'
export type { ConnectContext } from './connect.ts'
export { readOptions } from './options.ts'
export type { KafkajsSettings, KafkajsTransportOptions } from './options.ts'
