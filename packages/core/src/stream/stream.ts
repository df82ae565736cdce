import type { Event } from '../topic/event.ts'
import type { Runtime } from '../processing/runtime.ts'
import { json } from '../serializer/json.ts'
import type { Serializer } from '../serializer/serializer.ts'
import { text } from '../serializer/text.ts'
import { checkOptions, checkWhole } from '../service/check-options.ts'
import { FaustError } from '../service/errors.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'
import { checkName, repartitionTopicName } from '../topic/names.ts'
import { defaultPartitioner } from '../topic/partitioner.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import { filterOperator, mapOperator, type Operator } from './operator.ts'
import type { DeclaredStream, Origin } from './repartition.ts'

/** How `groupBy` names and writes its repartition topic. */
export interface GroupByOptions<G, V> {
  /** Part of the topic's name: `{app}-{source}-{name}-repartition`. Default: the field. Needed with a function. */
  readonly name?: string | undefined
  /** Default `text()`: the new key is a string. */
  readonly key?: Serializer<G> | undefined
  /** Default: the source's, or `json()` after a `map`. */
  readonly value?: Serializer<V> | undefined
  /** Default: as many as the source has. */
  readonly partitions?: number | undefined
}

/** The names of the fields that are strings. */
// In brackets, so that a union is a string only when all of it is.
export type TextField<V, F = keyof V> = F extends keyof V & string ? ([V[F]] extends [string] ? F : never) : never

/**
 * A stream as it is declared: a topic with the operators behind it. It does nothing by itself; agents that read it make
 * it run. Every operator gives a new stream and leaves this one as it is; they run in the order they are written.
 */
export class Stream<K, V> implements DeclaredStream {
  /** Where the values come from. */
  readonly definition: TopicDefinition
  /** What is done to them after they were read. */
  readonly operators: readonly Operator[]
  /** What of this app fills the topic: a repartition, or the windows of a table. */
  readonly origin: Origin | undefined
  protected readonly runtime: Runtime
  /** @internal The app it was declared with. */
  get owner(): object {
    return this.runtime
  }

  /** Never set: tells the type checker what the stream carries. */
  declare readonly $types: { readonly key: K; readonly value: V }

  constructor(runtime: Runtime, definition: TopicDefinition, operators: readonly Operator[] = [], origin?: Origin) {
    this.runtime = runtime
    this.definition = definition
    this.operators = operators
    this.origin = origin
  }

  /** Keeps the values for which `keep` is true. */
  filter<W extends V>(keep: (value: V) => value is W): Stream<K, W>
  filter(keep: (value: V) => MaybePromise<boolean>): Stream<K, V>
  filter(keep: (value: V) => MaybePromise<boolean>): Stream<K, V> {
    return this.#with(filterOperator(keep))
  }

  /** Puts `change(value)` in the place of each value; key, headers and timestamp stay. */
  map<W>(change: (value: V) => MaybePromise<W>): Stream<K, W> {
    return this.#with(mapOperator(change))
  }

  /**
   * The same values under another key, through a repartition topic: values of one new key come to one worker. Each value
   * is written once, however many agents read the result. Headers and timestamp are kept.
   *
   * By a field; one that is no string needs `key`, its serializer. Or by a function, which needs a `name` for the topic.
   */
  groupBy<F extends TextField<V>>(field: F, options?: GroupByOptions<V[F], V>): Stream<V[F], V>
  groupBy<F extends keyof V & string>(
    field: F,
    options: GroupByOptions<V[F], V> & { readonly key: Serializer<V[F]> },
  ): Stream<V[F], V>
  groupBy(
    select: (value: V, event: Event<K, V>) => MaybePromise<string>,
    options: GroupByOptions<string, V> & { readonly name: string },
  ): Stream<string, V>
  groupBy<G>(
    select: (value: V, event: Event<K, V>) => MaybePromise<G>,
    options: GroupByOptions<G, V> & { readonly name: string; readonly key: Serializer<G> },
  ): Stream<G, V>
  groupBy(
    select: string | ((value: V, event: Event<K, V>) => MaybePromise<unknown>),
    // Overloads above say what fits together; here every combination meets.
    // oxlint-disable-next-line no-explicit-any
    options: GroupByOptions<any, V> = {},
    // oxlint-disable-next-line no-explicit-any
  ): Stream<any, V> {
    const where = `groupBy on ${this.definition.name}`
    checkOptions(where, options, ['name', 'key', 'value', 'partitions'])
    checkWhole(where, 'partitions', options.partitions, 1)
    const name = options.name ?? (typeof select === 'string' ? select : undefined)
    if (name === undefined) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `groupBy on ${this.definition.name} by a function needs a name, which becomes part of its topic's name: ` +
          `groupBy(fn, { name: 'by-account' }).`,
      )
    }
    const mapped = this.operators.some(({ kind }) => kind === 'map')
    const definition: TopicDefinition = {
      ...this.definition,
      name: repartitionTopicName(this.runtime.app, this.definition.name, checkName('a groupBy', name)),
      key: (options.key ?? text()) as Serializer<unknown>,
      value: options.value ?? (mapped ? json() : this.definition.value),
      partitions: options.partitions,
      config: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
      create: true,
      internal: true,
      partitioner: defaultPartitioner({ random: () => 0 }),
    }
    const key =
      typeof select === 'string'
        ? (event: Event<K, V>) => event.value[select as keyof V]
        : (event: Event<K, V>) => select(event.value, event)
    return new Stream(this.runtime, definition, [], {
      kind: 'groupBy',
      upstream: this,
      identity: select,
      key: key as (event: Event) => MaybePromise<unknown>,
    })
  }

  /** Writes the values to a topic, with key, headers and timestamp, and goes on reading from there. */
  through(topic: Stream<K, V>): Stream<K, V> {
    if (topic.operators.length > 0 || topic.origin !== undefined) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `through() on ${this.definition.name} needs a topic made by app.topic(…), not a stream with operators.`,
      )
    }
    return new Stream(this.runtime, topic.definition, [], {
      kind: 'through',
      upstream: this,
      identity: topic.definition,
      key: (event) => event.key,
    })
  }

  #with<W>(operator: Operator): Stream<K, W> {
    return new Stream<K, W>(this.runtime, this.definition, [...this.operators, operator], this.origin)
  }
}
