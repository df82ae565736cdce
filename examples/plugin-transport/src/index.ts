export { meteredTransport } from './metered-transport.ts'
export type { MeteredTransportOptions, Sent } from './metered-transport.ts'
