/** The headers of a record, in order; names may repeat. The same as `Headers`. */
export type TracedHeaders = readonly (readonly [name: string, value: Uint8Array | null])[]

/** What is told of a record: neither its key nor its value. */
export interface TracedRecord {
  readonly offset: number
  /** Epoch ms. */
  readonly timestamp: number
  readonly headers: TracedHeaders
}

/**
 * How the processing of a value ended: its effects are complete; an operator left it out; it has failed, and the agent's
 * policy follows; it was given back undone, e.g. because its partition was taken away.
 */
export type SpanOutcome = 'done' | 'filtered' | 'failed' | 'released'

/** What begins to be processed: one record, or a list of one partition that `take` has gathered. */
export interface ProcessFacts {
  readonly agent: string
  readonly topic: string
  readonly partition: number
  /** Counted from 1: more than that after failures of the first record. */
  readonly attempt: number
  /** At least one, in order. */
  readonly records: readonly TracedRecord[]
}

/** A record on its way out. */
export interface InjectFacts {
  /** Whether it was sent, is a table's change on its way to the changelog, or is kept as a dead letter. */
  readonly kind: 'send' | 'changelog' | 'deadLetter'
  readonly topic: string
  /** As they are so far: those that the user gave, or those of a record that is sent on. Not to be changed. */
  readonly headers: TracedHeaders
}

/** The processing of one value, or one list, by one agent: a try has a span of its own. */
export interface ProcessSpan {
  /** The headers of a record that leaves on its behalf. Also called after `end`: a changelog is written later. */
  inject(facts: InjectFacts): TracedHeaders
  /** Called once, unless the app crashes. `error` is what it has failed with, and may hold anything. */
  end(outcome: SpanOutcome, error?: unknown): void
}

/**
 * Follows records from topic to topic. Where an app has one, it is called for every value and every send: it decides
 * itself what it leaves out. All members are synchronous. One that throws is logged, the sensor is told nothing more,
 * and records go on as if there were none.
 */
export interface Tracer {
  /**
   * Runs one call of an agent's function and answers its answer. `current()` gives the span of the value in hand at that
   * moment, also after any `await` within `body`; `undefined` between two values. So a tracer with an ambient context can
   * set one for the call that looks up, when it is asked, what is in hand.
   */
  run<R>(current: () => ProcessSpan | undefined, body: () => R): R
  /** A value or a list begins to be processed, before its value is decoded. */
  process(facts: ProcessFacts): ProcessSpan
  /** The headers of a record that is sent while no value is in hand, e.g. by a task, or by a web server around the app. */
  inject(facts: InjectFacts): TracedHeaders
}
