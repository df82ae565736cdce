import type { Delivery } from '../processing/task/delivery.ts'
import type { RetriedList } from '../processing/queue/failed-value.ts'
import type { Task } from '../processing/task/task.ts'
import type { Timer } from '../service/clock.ts'
import { SKIP, type Step } from './operator.ts'
import type { StreamRun } from './stream-run.ts'

/** Values of one task that are being gathered. */
interface Bucket {
  readonly deliveries: Delivery[]
  readonly values: unknown[]
  /** The list that has failed and is gathered again; nothing else goes with it. */
  readonly retried: RetriedList | undefined
  /** Somebody waits behind it who belongs to another list. */
  due: boolean
  /** `monotonic` at which it is handed over though not full. */
  readonly deadline: number
}

/**
 * Walks a stream in lists of up to `max` values, handed over when full, `within` ms after their first value, or when
 * the stream ends; earlier when the commit of an exact task waits for some of them. A list holds values of one task only, so the handler may use that task's tables for all of them. It
 * is settled when the next one is asked for; values still being gathered are not in anybody's hand.
 */
export class TakeIterator<T> implements AsyncIterator<T[]> {
  readonly #run: StreamRun
  readonly #steps: readonly Step[]
  readonly #max: number
  readonly #within: number
  readonly #buckets = new Map<Task, Bucket>()
  #timer: Timer | undefined
  #done = false

  constructor(run: StreamRun, steps: readonly Step[], max: number, within: number) {
    this.#run = run
    this.#steps = steps
    this.#max = max
    this.#within = within
    run.claim()
  }

  async next(): Promise<IteratorResult<T[]>> {
    if (this.#done) return { done: true, value: undefined }
    this.#run.settle()
    try {
      return await this.#gather()
    } catch (error) {
      // A loop does not call `return` after a failure; a timer left behind would keep the process alive.
      this.#end()
      throw error
    }
  }

  async #gather(): Promise<IteratorResult<T[]>> {
    const { call, feed, pacer } = this.#run
    for (;;) {
      if (pacer.due()) await pacer.turn()
      call.check()
      const ready = this.#ready(feed.closed)
      if (ready !== undefined) return { done: false, value: ready }
      const delivery = this.#blocked() ? undefined : feed.collect()
      if (delivery !== undefined) await this.#add(delivery)
      else if (feed.closed) return this.#end()
      else await feed.wait()
    }
  }

  return(): Promise<IteratorResult<T[]>> {
    this.#end()
    return Promise.resolve({ done: true, value: undefined })
  }

  async #add(delivery: Delivery): Promise<void> {
    const { record, subscription } = delivery
    const retried = subscription.failed?.get(record.offset)?.list
    let bucket = this.#buckets.get(subscription.task)
    if (bucket !== undefined && bucket.retried !== retried) {
      bucket.due = true
      return this.#run.feed.giveBack(delivery)
    }
    subscription.collect(delivery)
    this.#run.collected.add(delivery)
    const value = await subscription.prepare(this.#run.process(delivery, this.#steps))
    if (value === SKIP) {
      this.#run.collected.delete(delivery)
      this.#run.skip(delivery)
      if (retried !== undefined) retried.size--
      return
    }
    // It waits here, in nobody's hand.
    this.#run.call.current = undefined
    if (bucket === undefined) {
      const deadline = this.#run.clock.monotonic() + this.#within
      bucket = { deliveries: [], values: [], retried, due: false, deadline }
      this.#buckets.set(subscription.task, bucket)
      this.#watch(bucket)
    }
    bucket.deliveries.push(delivery)
    bucket.values.push(value)
  }

  /** A full list that may not be handed over yet: gathering more would only grow it. One that waits for a retry gets none. */
  #blocked(): boolean {
    for (const bucket of this.#buckets.values()) {
      const [{ subscription }] = bucket.deliveries as [Delivery]
      // What an exact task waits for may stand behind the full list.
      if (this.#full(bucket) && subscription.open && !(subscription.task.exact && subscription.task.held)) return true
    }
    return false
  }

  #full({ due, retried, values }: Bucket): boolean {
    return due || values.length >= (retried?.size ?? this.#max)
  }

  /** The values of a list that is due and may be handed over now. */
  #ready(closing: boolean): T[] | undefined {
    for (const [task, bucket] of this.#buckets) {
      if (task.status === 'closed') {
        this.#drop(task, bucket)
        continue
      }
      const due = closing || this.#full(bucket) || this.#run.clock.monotonic() >= bucket.deadline
      const mayHand = (one: Delivery): boolean => one.subscription.mayHand(one.record.offset)
      const whole = due && bucket.deliveries.every(mayHand)
      if (whole && bucket.values.length <= this.#max) {
        this.#drop(task, bucket)
        return this.#hand(bucket)
      }
      // The commit of an exact task waits for those that others are ahead of, however few they are.
      const awaited = task.exact && task.held && bucket.retried === undefined && bucket.deliveries.some(mayHand)
      if (!whole && !awaited) continue
      let room = this.#max
      const [first, rest] = split(bucket, (one) => mayHand(one) && room-- > 0)
      this.#drop(task, first)
      if (rest.deliveries.length > 0) this.#buckets.set(task, rest)
      return this.#hand(first)
    }
    return undefined
  }

  #hand({ deliveries, values }: Bucket): T[] {
    this.#run.trace(deliveries[0]!, deliveries)
    for (const delivery of deliveries) {
      delivery.subscription.hand(delivery)
      this.#run.begin(delivery)
    }
    return values as T[]
  }

  #drop(task: Task, bucket: Bucket): void {
    this.#buckets.delete(task)
    for (const delivery of bucket.deliveries) this.#run.collected.delete(delivery)
  }

  /** Wakes the loop when the bucket's time is up. One timer, for the earliest deadline. */
  #watch(bucket: Bucket): void {
    if (this.#timer !== undefined || bucket.deadline === Infinity) return
    const { clock, feed } = this.#run
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined
      feed.wake()
      const next = [...this.#buckets.values()].toSorted((a, b) => a.deadline - b.deadline)
      const pending = next.find(({ deadline }) => deadline > clock.monotonic())
      if (pending !== undefined) this.#watch(pending)
    }, bucket.deadline - clock.monotonic())
  }

  #end(): IteratorReturnResult<undefined> {
    this.#done = true
    this.#timer?.cancel()
    this.#timer = undefined
    return { done: true, value: undefined }
  }
}

/** Those deliveries of a bucket, with their values, for which `first` holds, and the others. */
function split(bucket: Bucket, first: (delivery: Delivery) => boolean): readonly [Bucket, Bucket] {
  const parts = [
    { ...bucket, deliveries: [] as Delivery[], values: [] as unknown[] },
    { ...bucket, deliveries: [] as Delivery[], values: [] as unknown[] },
  ] as const
  for (const [index, delivery] of bucket.deliveries.entries()) {
    const part = parts[first(delivery) ? 0 : 1]
    part.deliveries.push(delivery)
    part.values.push(bucket.values[index])
  }
  return parts
}
