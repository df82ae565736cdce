export { statsdSensor } from './statsd-sensor.ts'
export type { StatsdOptions } from './statsd-sensor.ts'
