import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'

/** As the propagators of an SDK are by default: trace context and baggage. */
export const propagator = new CompositePropagator({
  propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
})

/** Spans that are kept in memory; the process has an ambient context until `close`. */
export function tracing(sampler?: Sampler) {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler && { sampler }),
  })
  const manager = new AsyncLocalStorageContextManager()
  context.setGlobalContextManager(manager.enable())
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans()
  return {
    options: { tracerProvider, propagator, metrics: false },
    tracer: tracerProvider.getTracer('test'),
    spans,
    /** The one span of that name. */
    span(name: string): ReadableSpan {
      const found = spans().filter((span) => span.name === name)
      if (found.length !== 1)
        throw new Error(
          `${found.length} spans are named ${name}: ${spans()
            .map((each) => each.name)
            .join()}`,
        )
      return found[0]!
    },
    async close() {
      context.disable()
      await tracerProvider.shutdown()
    },
  }
}

/** The way from a span to the first one of its trace, by names. */
export function ancestry(span: ReadableSpan, all: readonly ReadableSpan[]): readonly string[] {
  const parent = all.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)
  return [span.name, ...(parent === undefined ? [] : ancestry(parent, all))]
}

/** Metrics that are kept in memory, as one would export them. */
export function metering() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  return {
    options: { meterProvider, traces: false },
    /** By name: what is told at this moment. */
    async read() {
      exporter.reset()
      await reader.forceFlush()
      const metrics = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
      return new Map(
        metrics.map(({ dataPoints, descriptor }) => [descriptor.name, { unit: descriptor.unit, points: dataPoints }]),
      )
    },
    close: () => meterProvider.shutdown(),
  }
}
