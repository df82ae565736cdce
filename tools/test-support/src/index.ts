export { listening, shown } from './secrets.ts'
export { at, bytes, open, scan, started, temporary, text } from './stores.ts'
export { udpServer } from './udp-server.ts'
export type { Metric, UdpServer } from './udp-server.ts'
