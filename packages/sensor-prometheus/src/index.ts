export { prometheusSensor } from './prometheus-sensor.ts'
export type { PrometheusOptions } from './prometheus-sensor.ts'
export type { AnyRegistry, PromClient } from './metrics.ts'
