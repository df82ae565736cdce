import type { Event } from '../topic/event.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'
import { checkOptions } from '../service/check-options.ts'
import { FaustError } from '../service/errors.ts'
import { enumerateOperator, eventOperator, filterOperator, mapOperator, type Operator } from './operator.ts'
import type { StreamRun } from './stream-run.ts'
import { TakeIterator } from './take-iterator.ts'
import { ValueIterator } from './value-iterator.ts'

/** How `take` gathers. */
export interface TakeOptions {
  /** Ms after which a list is handed over though it is not full. Default: never. */
  readonly within?: number | undefined
}

/**
 * The stream that an agent's function receives: an endless `AsyncIterable` of values. A value is settled when the loop
 * asks for the next one; leaving the loop settles nothing by itself: a function that returns settles its last value,
 * one that throws does not. The loop ends when the app stops; it throws `FAUST_LEASE_ENDED` when the partition of the
 * value in hand was taken away.
 *
 * Only operators that need neither topic nor state exist here; `groupBy`, `through` and joins belong to the
 * declaration. One loop walks a stream: a second one throws `FAUST_STREAM_CONSUMED`.
 */
export class RunningStream<V, K = unknown> implements AsyncIterable<V> {
  readonly #run: StreamRun
  readonly #operators: readonly Operator[]

  constructor(run: StreamRun, operators: readonly Operator[]) {
    this.#run = run
    this.#operators = operators
  }

  /** Fires when the lease of this call ends: what it does from then on has no effect. */
  get signal(): AbortSignal {
    return this.#run.call.signal
  }

  /** Keeps the values for which `keep` is true; the others are settled at once. */
  filter<W extends V>(keep: (value: V) => value is W): RunningStream<W, K>
  filter(keep: (value: V) => MaybePromise<boolean>): RunningStream<V, K>
  filter(keep: (value: V) => MaybePromise<boolean>): RunningStream<V, K> {
    return this.#with(filterOperator(keep))
  }

  /** Puts `change(value)` in the place of each value. */
  map<W>(change: (value: V) => MaybePromise<W>): RunningStream<W, K> {
    return this.#with(mapOperator(change))
  }

  /** Values with their number in this call, counted from `start`. */
  enumerate(start = 0): RunningStream<[index: number, value: V], K> {
    return this.#with(enumerateOperator(start))
  }

  /** Values with key, headers, timestamp, topic, partition and offset. */
  events(): RunningStream<Event<K, V>, K> {
    return this.#with(eventOperator)
  }

  /** Lists of up to `max` values, each of one partition of the tables. Settled as a whole when the next is asked for. */
  take(max: number, options: TakeOptions = {}): AsyncIterable<V[]> {
    checkOptions('take', options, ['within'])
    const within = options.within ?? Infinity
    if (!Number.isInteger(max) || max < 1 || !(within > 0)) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `take(${String(max)}, { within: ${String(options.within)} }): the size must be a whole number of at least 1 ` +
          `and \`within\` a time in ms above 0.`,
      )
    }
    return { [Symbol.asyncIterator]: () => new TakeIterator<V>(this.#run, this.#steps(), max, within) }
  }

  [Symbol.asyncIterator](): AsyncIterator<V> {
    return new ValueIterator<V>(this.#run, this.#steps())
  }

  #steps(): ReturnType<Operator['make']>[] {
    return this.#operators.map((operator) => operator.make())
  }

  #with<W>(operator: Operator): RunningStream<W, K> {
    return new RunningStream<W, K>(this.#run, [...this.#operators, operator])
  }
}
