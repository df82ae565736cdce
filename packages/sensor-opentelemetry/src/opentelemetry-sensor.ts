import { checkOptions, type Sensor, SENSOR_CONTRACT } from '@faust/core'
import {
  type MeterProvider,
  metrics as globalMetrics,
  propagation,
  trace as globalTrace,
  type TracerProvider,
} from '@opentelemetry/api'
import { Gauges } from './gauges.ts'
import type { Propagator } from './headers.ts'
import { hooksOf, type OpenMeter } from './hooks.ts'
import { instrumentsOf } from './instruments.ts'
import { recordTracer } from './tracer.ts'

/** What is told, and to whom. */
export interface OpenTelemetryOptions {
  /** Default true. */
  readonly metrics?: boolean | undefined
  /** Default true. Every record and every send then asks the sampler of the SDK. */
  readonly traces?: boolean | undefined
  /** Default the global one, as it is when the app starts. */
  readonly meterProvider?: MeterProvider | undefined
  /** Default the global one. */
  readonly tracerProvider?: TracerProvider | undefined
  /** How a context is written into headers. Default the global one. */
  readonly propagator?: Propagator | undefined
  /**
   * Whether messages and stacks of failures become events of spans. They may hold keys and values, so by default only the
   * name or code of an error is told.
   */
  readonly exceptions?: boolean | undefined
}

const NAME = '@faust/sensor-opentelemetry'

/**
 * Tells OpenTelemetry of an app: metrics at batches and commits, and traces that follow records from topic to topic. The SDK, with
 * its sampler, its exporters and its context manager, is the user's, who also ends it: after the app has stopped.
 */
export function opentelemetrySensor(options: OpenTelemetryOptions = {}): Sensor {
  checkOptions('opentelemetrySensor', options, [
    'metrics',
    'traces',
    'meterProvider',
    'tracerProvider',
    'propagator',
    'exceptions',
  ])
  const {
    exceptions = false,
    meterProvider,
    metrics = true,
    propagator = propagation,
    traces = true,
    tracerProvider,
  } = options
  const gauges = new Gauges()
  let name = ''
  let meter: (OpenMeter & { readonly close: () => void }) | undefined
  const tracer = recordTracer({
    propagator,
    exceptions,
    tracer: () => (tracerProvider ?? globalTrace).getTracer(NAME),
    app: () => name,
  })
  return {
    name: 'sensor-opentelemetry',
    contract: SENSOR_CONTRACT,
    ...(metrics && hooksOf(() => meter, gauges)),
    ...(traces && { trace: tracer }),
    async start({ app }) {
      name = app
      if (!metrics) return
      const found = (meterProvider ?? globalMetrics).getMeter(NAME)
      meter = { app, instruments: instrumentsOf(found), close: gauges.observe(found, app) }
    },
    async close() {
      meter?.close()
      meter = undefined
    },
  }
}
