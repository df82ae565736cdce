import type { Delivery } from '../processing/delivery.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'
import type { Operator } from '../stream/operator.ts'
import type { RunningStream } from '../stream/running-stream.ts'

/** Where an agent's results go. `source` is the value it was working on, if any. */
export type AgentSink = (value: unknown, source: Delivery | undefined) => MaybePromise<unknown>

/** Everything core knows of an agent before it runs. */
export interface AgentDefinition {
  readonly name: string
  /** Made by core for a `groupBy` or `through`. */
  readonly internal: boolean
  /** The topic it reads. */
  readonly topic: string
  /** Operators that were declared on the stream. */
  readonly operators: readonly Operator[]
  readonly tables: ReadonlySet<string>
  readonly concurrency: number
  readonly isolatedPartitions: boolean
  readonly sinks: readonly AgentSink[]
  readonly handler: (stream: RunningStream<unknown>) => PromiseLike<void> | AsyncIterable<unknown>
}
