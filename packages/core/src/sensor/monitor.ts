import { SENSOR_CONTRACT, type Sensor } from './sensor.ts'
export interface Monitor extends Sensor { snapshot(): { totals: { received: number; processed: number; sent: number; commits: number } } }
export function createMonitor(): Monitor {
  return { name: 'monitor', contract: SENSOR_CONTRACT, start: async () => {}, close: async () => {}, snapshot: () => ({ totals: { received: 0, processed: 0, sent: 0, commits: 0 } }) }
}
