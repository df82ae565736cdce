import type { InjectFacts, ProcessFacts, ProcessSpan, SpanOutcome, TracedHeaders, Tracer } from '@faust/core'
import {
  type Attributes,
  type Context,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer as OtelTracer,
} from '@opentelemetry/api'
import * as names from './attributes.ts'
import { errorType } from './error-type.ts'
import { extract, inject, type Propagator } from './headers.ts'
import { LiveContext } from './live-context.ts'

/** What a tracer works with. */
export interface TracerParts {
  readonly propagator: Propagator
  /** Whether messages and stacks of failures are recorded. */
  readonly exceptions: boolean
  readonly tracer: () => OtelTracer
  /** The app's name, once it has started. */
  readonly app: () => string
}

/** Follows records by the headers of a propagator: a `process` span for each value or list, a `create` span for each send. */
export function recordTracer(parts: TracerParts): Tracer {
  return {
    run(current, body) {
      const now = (): Context => (current() as RecordSpan | undefined)?.context ?? ROOT_CONTEXT
      return context.with(new LiveContext(now), body)
    },
    process: (facts) => new RecordSpan(parts, facts),
    inject: ({ headers, topic }) => created(parts, context.active(), topic, headers),
  }
}

/** A value or list that is being processed. */
class RecordSpan implements ProcessSpan {
  /** What the record brought, with the span. */
  readonly context: Context
  readonly #parts: TracerParts
  readonly #span: Span

  constructor(parts: TracerParts, facts: ProcessFacts) {
    const { propagator, tracer } = parts
    const contexts = facts.records.map(({ headers }) => extract(propagator, ROOT_CONTEXT, headers))
    // The span of one record belongs to the record's trace. That of a list can't belong to several: it is linked to each.
    const parent = contexts.length === 1 ? contexts[0]! : ROOT_CONTEXT
    const links = contexts.length === 1 ? [] : contexts.flatMap(linkTo)
    const options = { kind: SpanKind.CONSUMER, attributes: processAttributes(parts.app(), facts), links }
    this.#parts = parts
    this.#span = tracer().startSpan(`${names.PROCESS} ${facts.topic}`, options, parent)
    this.context = trace.setSpan(parent, this.#span)
  }

  inject({ headers, kind, topic }: InjectFacts): TracedHeaders {
    // A changelog entry is of many values as a rule, and nobody's message: it carries the context, and is no span.
    if (kind === 'changelog') return inject(this.#parts.propagator, this.context, headers)
    // Within a handler the active span may be one that it has begun itself, beneath ours.
    const active = kind === 'send' ? context.active() : ROOT_CONTEXT
    return created(this.#parts, trace.getSpan(active) === undefined ? this.context : active, topic, headers)
  }

  end(outcome: SpanOutcome, error?: unknown): void {
    const span = this.#span
    if (outcome !== 'done') span.setAttribute(names.OUTCOME, outcome)
    if (outcome === 'failed') {
      span.setAttribute(names.ERROR_TYPE, errorType(error))
      span.setStatus({ code: SpanStatusCode.ERROR })
      if (this.#parts.exceptions) span.recordException(error instanceof Error ? error : String(error))
    }
    span.end()
  }
}

/** The headers of a record that is sent: with the context of a span of its own, beneath what is active. */
function created(
  { propagator, tracer }: TracerParts,
  parent: Context,
  topic: string,
  headers: TracedHeaders,
): TracedHeaders {
  const attributes = {
    [names.MESSAGING_SYSTEM]: names.SYSTEM,
    [names.OPERATION_NAME]: names.CREATE,
    [names.OPERATION_TYPE]: names.CREATE,
    [names.DESTINATION]: topic,
  }
  const span = tracer().startSpan(`${names.CREATE} ${topic}`, { kind: SpanKind.PRODUCER, attributes }, parent)
  // It leaves later, together with others; what is known of that is in the metrics.
  span.end()
  return inject(propagator, trace.setSpan(parent, span), headers)
}

function processAttributes(app: string, { agent, attempt, partition, records, topic }: ProcessFacts): Attributes {
  return {
    [names.MESSAGING_SYSTEM]: names.SYSTEM,
    [names.OPERATION_NAME]: names.PROCESS,
    [names.OPERATION_TYPE]: names.PROCESS,
    [names.DESTINATION]: topic,
    [names.PARTITION]: String(partition),
    [names.CONSUMER_GROUP]: app,
    [names.AGENT]: agent,
    [names.OFFSET]: records[0]!.offset,
    ...(records.length > 1 && { [names.BATCH_COUNT]: records.length }),
    ...(attempt > 1 && { [names.ATTEMPT]: attempt }),
  }
}

function linkTo(brought: Context): Link[] {
  const spanContext = trace.getSpanContext(brought)
  return spanContext === undefined ? [] : [{ context: spanContext }]
}
