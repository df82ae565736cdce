export { opentelemetrySensor } from './opentelemetry-sensor.ts'
export type { OpenTelemetryOptions } from './opentelemetry-sensor.ts'
export type { Propagator } from './headers.ts'
