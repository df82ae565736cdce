import type { Delivery } from '../processing/task/delivery.ts'
import type { Subscriber, Subscription } from '../processing/task/subscription.ts'
import type { Task } from '../processing/task/task.ts'
import type { FailingAgent } from '../processing/failing-agent.ts'
import type { FaustError } from '../service/errors.ts'
import { settledWithin } from '../service/wait.ts'
import { Actor, type ActorFeed } from './actor.ts'
import type { AgentContext } from './agent-context.ts'
import type { AgentDefinition } from './agent-definition.ts'
import { Failures } from './failures.ts'
import { Lanes } from './lanes.ts'
import { QueueFeed } from './queue-feed.ts'

/**
 * An agent in a running worker: one actor, or `concurrency` of them with keys dispatched by hash, or one for each
 * partition. Gets its partitions as they come and go.
 */
export class Agent implements Subscriber {
  readonly name: string
  readonly #definition: AgentDefinition
  readonly #context: AgentContext
  readonly #failures: Failures
  readonly #subscriptions = new Set<Subscription>()
  readonly #actors: Actor[] = []
  readonly #lanes: Lanes | undefined
  readonly #isolated = new Map<Task, { readonly actor: Actor; readonly feed: QueueFeed }>()
  /** By partition: isolated actors that lost it and have not settled yet. */
  readonly #leaving = new Map<string, Promise<void>>()
  #feed: QueueFeed | undefined
  #stopped = false
  #saysUnheard = true

  constructor(definition: AgentDefinition, context: AgentContext) {
    this.name = definition.name
    this.#definition = definition
    this.#context = context
    this.#failures = new Failures(definition, context)
    if (definition.isolatedPartitions) return
    if (definition.concurrency === 1) {
      this.#feed = new QueueFeed()
      this.#actors.push(this.#actor(this.#feed))
    } else {
      this.#lanes = new Lanes(definition.concurrency)
      for (const feed of this.#lanes.feeds) this.#actors.push(this.#actor(feed))
    }
  }

  /** Actors that wait for another call after they have failed without a value. */
  get failing(): readonly FailingAgent[] {
    return this.#all().flatMap(({ failing }) => failing ?? [])
  }

  /** Starts the actors; isolated ones start with their partition. */
  start(): void {
    for (const actor of this.#actors) actor.start()
  }

  attach(subscription: Subscription): void {
    // A partition may have been on its way while the app began to stop.
    if (this.#stopped) return
    this.#subscriptions.add(subscription)
    this.#failures.attach(subscription)
    ;(this.#lanes ?? this.#feed ?? this.#isolate(subscription.task)).attach(subscription)
  }

  detach(subscription: Subscription, why: string): void {
    this.#subscriptions.delete(subscription)
    this.#failures.detach(subscription)
    ;(this.#lanes ?? this.#feed ?? this.#isolated.get(subscription.task)?.feed)?.detach(subscription)
    for (const { call } of this.#all()) {
      const current = call?.current
      if (current?.subscription !== subscription || current.state === 'settled') continue
      call!.end(why)
    }
    const isolated = this.#isolated.get(subscription.task)
    if (isolated?.feed.empty) this.#retire(subscription.task, isolated.actor, isolated.feed)
  }

  wake(subscription: Subscription): void {
    ;(this.#lanes ?? this.#feed ?? this.#isolated.get(subscription.task)?.feed)?.wake()
  }

  paused(subscription: Subscription): void {
    this.#lanes?.paused(subscription)
  }

  stalled(subscription: Subscription, error: FaustError): void {
    const { frontier } = subscription
    for (const actor of this.#all()) if (actor.hasInHand(subscription, frontier)) actor.call?.stall(error)
  }

  giveUp(delivery: Delivery): void {
    this.#failures.giveUp(delivery)
  }

  /** Ends the streams, waits up to `limit` ms for the functions to return, and ends the leases of those that did not. */
  async stop(limit: number): Promise<boolean> {
    this.#stopped = true
    this.#failures.close()
    for (const subscription of this.#subscriptions) subscription.announceGathered()
    const all = this.#all()
    for (const { feed } of all) feed.close()
    const ends = [...all.map(({ ended }) => ended), ...this.#leaving.values()]
    const inTime = await settledWithin(this.#context.clock, Promise.all(ends), limit)
    for (const { call } of all) call?.end('the app has stopped')
    return inTime
  }

  #actor(feed: ActorFeed): Actor {
    return new Actor(this.#definition, feed, this.#context, this.#failures, () => this.#unheard())
  }

  /** Said once, at the first call: what is yielded but rarely would else be missed late. */
  #unheard(): void {
    if (this.#saysUnheard)
      this.#context.logger.warn(
        { agent: this.name },
        `Agent ${this.name} has no sinks: what its function yields goes nowhere. Give it some, e.g. ` +
          `{ sinks: [topic] }, or leave the yield out: \`async (stream) => { … }\``,
      )
    this.#saysUnheard = false
  }

  #all(): readonly Actor[] {
    return [...this.#actors, ...[...this.#isolated.values()].map(({ actor }) => actor)]
  }

  #isolate(task: Task): QueueFeed {
    const existing = this.#isolated.get(task)
    if (existing !== undefined) return existing.feed
    const feed = new QueueFeed()
    const actor = this.#actor(feed)
    this.#isolated.set(task, { actor, feed })
    actor.start(this.#leaving.get(task.id))
    return feed
  }

  #retire(task: Task, actor: Actor, feed: QueueFeed): void {
    this.#isolated.delete(task)
    feed.close()
    const gone = settledWithin(this.#context.clock, actor.ended, this.#context.leaseTimeout).then(() => {
      if (this.#leaving.get(task.id) === gone) this.#leaving.delete(task.id)
    })
    this.#leaving.set(task.id, gone)
  }
}
