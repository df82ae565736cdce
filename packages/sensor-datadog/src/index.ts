export { datadogSensor } from './datadog-sensor.ts'
export type { DatadogOptions } from './datadog-sensor.ts'
