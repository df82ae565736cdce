import { bytesId } from '../../processing/shard/entry-id.ts'
import type { Delivery } from '../../processing/task/delivery.ts'
import { ABSENT, type Entry } from '../../processing/shard/entry-cache.ts'
import type { KeeperContext, ShardKeeper } from '../../processing/shard/table-layout.ts'
import { NO_TIME } from '../../processing/queue/stream-time.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import { isClosed, type Window } from '../../window/window.ts'
import { type CloseTime, WindowClock } from './close-time.ts'
import { STATE_KEY } from './window-keys.ts'
import type { WindowRule } from './window-rule.ts'
import { NOTHING_CLOSED, type WindowState } from './window-state.ts'

/** Entries that are closed or dropped in one cycle, at most: the rest follows in the next one, which comes at once. */
export const CLOSE_LIMIT = 10_000

/** Closes the windows of one shard as its time goes on, and knows which of them still take something. */
export abstract class WindowKeeper implements ShardKeeper {
  readonly clock: WindowClock
  protected readonly context: KeeperContext
  protected readonly rule: WindowRule
  /** Where closed windows go. */
  readonly #finals: readonly TopicDefinition[]
  #state!: Entry
  readonly #late = new WeakSet<Delivery>()

  constructor(context: KeeperContext, rule: WindowRule, finals: readonly TopicDefinition[]) {
    this.context = context
    this.rule = rule
    this.#finals = finals
    this.clock = new WindowClock(context, rule)
  }

  load(): MaybePromise<void> {
    const { shard } = this.context
    const id = bytesId(STATE_KEY)
    const entry = shard.lookup(id) ?? shard.load(id, STATE_KEY)
    const keep = (loaded: Entry): void => {
      this.#state = loaded
    }
    return isPromise(entry) ? entry.then(keep) : keep(entry)
  }

  atQuiet(): MaybePromise<void> {
    const closing = this.clock.closeTime()
    return closing.time === NO_TIME ? undefined : this.close(closing)
  }

  get state(): WindowState {
    const { value } = this.#state
    return value === ABSENT ? NOTHING_CLOSED : (value as WindowState)
  }

  /**
   * Whether a window still takes what this value gives it: by the largest timestamp before the value in its partition,
   * which is the same however often it is replayed, and by what is closed already.
   */
  takes(window: Window, delivery: Delivery): boolean {
    const { closedUntil } = this.state
    return !isClosed(
      window,
      this.rule,
      this.rule.time === 'clock' ? closedUntil : Math.max(delivery.streamTime, closedUntil),
    )
  }

  /** No window took anything of this value. Answers whether it is late: a replayed one has had its effect. */
  refuse(delivery: Delivery): boolean {
    const { topic } = delivery.subscription.queue
    if (delivery.record.offset < (this.state.frontiers[topic.name] ?? 0) || this.#late.has(delivery)) return false
    this.#late.add(delivery)
    this.context.shard.countLate()
    return true
  }

  /** Closes what is due; with `idle` it writes nothing when there is nothing. */
  protected abstract close(closing: CloseTime): MaybePromise<void>

  protected get emits(): boolean {
    return this.#finals.length > 0
  }

  protected async emit(key: unknown, window: Window, value: unknown): Promise<void> {
    for (const topic of this.#finals) {
      // Its last millisecond, so that windows over final results count it where it belongs.
      const sent = this.context.emit(topic, { key, value: { window, value }, timestamp: window.end - 1 })
      if (isPromise(sent)) await sent
    }
  }

  /** Notes how far windows are closed, as the last record of this cycle. */
  protected mark(closedUntil: number, cursor?: string): void {
    const frontiers = { ...this.state.frontiers }
    for (const { frontier, topic } of this.context.sources()) frontiers[topic.name] = frontier
    const until = Math.max(closedUntil, this.state.closedUntil)
    this.context.shard.put(this.#state, { closedUntil: until, frontiers, ...(cursor !== undefined && { cursor }) })
  }
}
