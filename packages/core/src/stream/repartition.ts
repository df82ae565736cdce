import type { Event } from '../topic/event.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'
import type { Stream } from './stream.ts'

/** What fills a topic from another stream: one node of the app, however many agents read the result. */
export interface Repartition {
  readonly kind: 'groupBy' | 'through'
  readonly upstream: Stream<unknown, unknown>
  /** Tells two declarations from each other: the field, the function or the topic. */
  readonly identity: unknown
  /** The record's new key. */
  readonly key: (event: Event) => MaybePromise<unknown>
}

/** Whether two declarations write the same records, so that one node serves both. */
export function sameRepartition(one: Repartition, other: Repartition): boolean {
  return one.kind === other.kind && one.identity === other.identity && sameStream(one.upstream, other.upstream)
}

function sameStream(one: Stream<unknown, unknown>, other: Stream<unknown, unknown>): boolean {
  if (one === other) return true
  if (one.definition.name !== other.definition.name || one.operators.length !== other.operators.length) return false
  if ((one.origin === undefined) !== (other.origin === undefined)) return false
  if (one.origin !== undefined && !sameRepartition(one.origin, other.origin!)) return false
  return one.operators.every(
    ({ kind, identity }, index) => other.operators[index]!.kind === kind && other.operators[index]!.identity === identity,
  )
}
