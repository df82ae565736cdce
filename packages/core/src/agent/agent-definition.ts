import type { Delivery } from '../processing/task/delivery.ts'
import type { LetterTopics } from '../processing/dead-letter/letter-topics.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'
import type { Operator } from '../stream/operator.ts'
import type { RunningStream } from '../stream/running-stream.ts'
import type { FailurePolicy } from './failure-policy.ts'

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
  readonly failures: FailurePolicy
  /** Where its dead letters go and come back from, when its policy asks for them. */
  readonly letters: LetterTopics | undefined
  readonly handler: (stream: RunningStream<unknown>) => PromiseLike<void> | AsyncIterable<unknown>
}

/** The topics an agent reads. */
export function topicsOf({ letters, topic }: AgentDefinition): readonly string[] {
  return letters === undefined ? [topic] : [topic, letters.replay]
}
