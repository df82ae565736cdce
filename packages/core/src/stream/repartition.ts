import type { Event } from '../topic/event.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { Operator } from './operator.ts'

/** A stream as it was declared. */
export interface DeclaredStream {
  readonly definition: TopicDefinition
  readonly operators: readonly Operator[]
  readonly origin: Origin | undefined
  /** What belongs to the app it was declared with, and to no other. */
  readonly owner: object
}

/** What fills a topic from another stream: one node of the app, however many agents read the result. */
export interface Repartition {
  readonly kind: 'groupBy' | 'through'
  readonly upstream: DeclaredStream
  /** Tells two declarations from each other: the field, the function or the topic. */
  readonly identity: unknown
  /** The record's new key. */
  readonly key: (event: Event) => MaybePromise<unknown>
}

/** A topic that a windowed table fills with the last values of its windows. */
export interface FinalResults {
  readonly kind: 'final'
  readonly table: string
}

/** What of the app itself fills a topic. */
export type Origin = Repartition | FinalResults

/** Whether two declarations write the same records, so that one node serves both. */
export function sameRepartition(one: Repartition, other: Repartition): boolean {
  return one.kind === other.kind && one.identity === other.identity && sameStream(one.upstream, other.upstream)
}

function sameOrigin(one: Origin, other: Origin): boolean {
  if (one.kind === 'final' || other.kind === 'final') {
    return one.kind === 'final' && other.kind === 'final' && one.table === other.table
  }
  return sameRepartition(one, other)
}

function sameStream(one: DeclaredStream, other: DeclaredStream): boolean {
  if (one === other) return true
  if (one.definition.name !== other.definition.name || one.operators.length !== other.operators.length) return false
  if ((one.origin === undefined) !== (other.origin === undefined)) return false
  if (one.origin !== undefined && !sameOrigin(one.origin, other.origin!)) return false
  return one.operators.every(
    ({ kind, identity }, index) =>
      other.operators[index]!.kind === kind && other.operators[index]!.identity === identity,
  )
}
