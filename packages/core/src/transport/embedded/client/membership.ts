import { deferred } from '../../../service/deferred.ts'
import type { Deferred } from '../../../service/deferred.ts'
import type { FaustError } from '../../../service/errors.ts'
import { settledWithin } from '../../../service/wait.ts'
import type { GroupConsumerOptions, GroupMembership, MemberAssignment } from '../../group.ts'
import { partitionKey } from '../../record.ts'
import type { TopicPartition } from '../../record.ts'
import { closedError } from './client.ts'
import type { Client } from './client.ts'
import { Gate } from './gate.ts'
import { Joiner } from './joiner.ts'
import type { Identity } from './joiner.ts'
import type { PartitionPoller } from './partition-poller.ts'

/** Who a member is before it has joined. */
const NOBODY: Identity = { memberId: '', generation: -1 }

/**
 * The life of one member: joins, gives up, takes over, loses, joins again. One step at a time; the hooks are awaited
 * here and nowhere else. Heartbeats run beside it and tell it what they hear.
 */
export class Membership {
  readonly #client: Client
  readonly #options: GroupConsumerOptions
  readonly #poller: PartitionPoller
  readonly #joiner: Joiner
  readonly #joined: Deferred<void> = deferred()
  readonly #stop = new AbortController()
  /** Closed from JoinGroup until SyncGroup is answered: no commit is sent meanwhile. */
  readonly gate: Gate = new Gate()
  #identity: Identity = NOBODY
  /** In which generation it was given what it holds; a join that failed half way does not change that. */
  #heldSince = -1
  #current: GroupMembership | null = null
  #assigned: TopicPartition[] = []
  /** What is held, what is being given up included, with a token of each stretch of holding it. */
  readonly #tenures = new Map<string, symbol>()
  #joinWanted = true
  #lost = false
  #wake: Deferred<void> = deferred()
  #run: Promise<void> | null = null
  /** The last call of `onRejoin`, which may outlast the time it is given. */
  #ready: Promise<void> = Promise.resolve()
  #failure: FaustError | null = null

  /** Called when membership begins, with the generation, and when it ends. */
  onMember: (member: boolean) => void = () => {}

  constructor(client: Client, options: GroupConsumerOptions, poller: PartitionPoller) {
    this.#client = client
    this.#options = options
    this.#poller = poller
    this.#joiner = new Joiner(client, options)
    this.#joiner.onMemberId = (memberId) => (this.#identity = { memberId, generation: -1 })
  }

  get current(): GroupMembership | null {
    return this.#current
  }

  /** Who it is for the log, also while no membership counts. */
  get memberId(): string {
    return this.#identity.memberId
  }

  /** Says the same for a partition as long as it is held without a break; undefined while it is not held. */
  tenureOf(place: TopicPartition): symbol | undefined {
    return this.#tenures.get(keyOf(place))
  }

  get assigned(): readonly TopicPartition[] {
    return this.#assigned
  }

  /** Why there is no coming back, or null. */
  get failure(): FaustError | null {
    return this.#failure
  }

  /** Joins, and goes on until `stop`. Resolves after the first assignment. */
  start(): Promise<void> {
    this.#run ??= this.#live()
    return this.#joined.promise
  }

  /** Asks for a rebalance. With `insist` also when nothing else has changed. */
  rejoin(insist: boolean): void {
    if (insist) this.#joiner.nonce++
    this.#joinWanted = true
    this.#wake.resolve()
  }

  /** Topics have changed: joins again when it reads from one that did. */
  async topicsChanged(): Promise<void> {
    this.#poller.positions.findMissing()
    if (this.#run === null || this.#ended) return
    const counts = await this.#joiner.countsOf(this.#joiner.topics)
    const known = this.#joiner.counts
    const same = counts.size === known.size && [...counts].every(([topic, count]) => known.get(topic) === count)
    if (!same) this.rejoin(true)
  }

  /** The group no longer counts on this member: nothing it holds is its own any more. */
  lose(identity: Identity): void {
    if (this.#current === null) return
    this.#identity = identity
    this.#current = null
    this.#lost = true
    this.onMember(false)
    this.#poller.positions.remove(this.#assigned)
    this.#tenures.clear()
    this.gate.release()
    this.#wake.resolve()
  }

  /** Ends it for good; what is assigned is lost. The group may know it still, unless it was replaced. */
  fail(error: FaustError): void {
    if (this.#failure !== null) return
    this.#failure = error
    const fenced = error.code === 'FAUST_INSTANCE_FENCED'
    if (fenced) this.#identity = NOBODY
    this.lose(fenced ? NOBODY : { memberId: this.#identity.memberId, generation: -1 })
    this.#stop.abort()
    this.#wake.resolve()
    this.#joined.reject(error)
    this.gate.release()
    this.#poller.wake()
  }

  /** Ends joining. Resolves when the step under way is over, at most after the rebalance time-out. */
  async stop(within: number): Promise<void> {
    this.end()
    if (this.#run !== null) await this.#settled(this.#run, within)
  }

  /** Ends joining without waiting for anything. */
  end(): void {
    this.#stop.abort()
    this.#wake.resolve()
    this.gate.release()
    this.#joined.reject(closedError(`The consumer of group "${this.#options.group}"`))
  }

  /** The last step of a close: it is no member any more. */
  resign(): void {
    this.#current = null
    this.#assigned = []
    this.#tenures.clear()
  }

  /** Gives up everything it holds, as the last step before it leaves. */
  async giveUp(within: number): Promise<void> {
    await this.#settled(this.#revoke(this.#assigned), within)
  }

  /** As bounded as what a rebalance waits for. */
  async #settled(work: Promise<unknown>, within: number): Promise<void> {
    await settledWithin(this.#client.clock, work, Math.min(within, this.#rebalanceTimeout))
  }

  get #ended(): boolean {
    return this.#stop.signal.aborted || this.#client.killed.aborted
  }

  get #rebalanceTimeout(): number {
    return this.#options.rebalanceTimeout ?? 60_000
  }

  async #live(): Promise<void> {
    try {
      while (!this.#ended) {
        if (this.#lost) await this.#giveUpLost()
        else if (this.#joinWanted) await this.#rebalance()
        else await this.#wake.promise
        if (!this.#lost && !this.#joinWanted) this.#wake = deferred()
      }
      if (this.#lost) await this.#giveUpLost()
    } catch (error) {
      if (this.#ended) return
      this.fail(error as FaustError)
      await this.#giveUpLost().catch(() => {})
    }
  }

  async #giveUpLost(): Promise<void> {
    const lost = this.#assigned
    this.#lost = false
    this.#assigned = []
    this.#heldSince = -1
    this.#joinWanted = true
    await this.#readied()
    if (lost.length > 0 && !this.#client.killed.aborted) await this.#options.hooks.onLost(lost)
  }

  /** Hooks are called one at a time, also after an `onRejoin` that was not waited for to its end. */
  async #readied(): Promise<void> {
    await settledWithin(this.#client.clock, this.#ready, this.#rebalanceTimeout)
  }

  async #rebalance(): Promise<void> {
    this.#joinWanted = false
    if (this.#current !== null && !(await this.#prepare())) return
    this.gate.close()
    const held = { owned: this.#assigned, generation: this.#heldSince }
    const outcome = await this.#joiner.join(this.#identity, held, this.#stop.signal)
    if (this.#lost || this.#ended) return
    switch (outcome.kind) {
      case 'joined':
        this.#identity = outcome.identity
        return this.#take(outcome.assignment)
      case 'again':
        this.#identity = outcome.identity
        this.#joinWanted = true
        return
      case 'lost':
        this.#identity = outcome.identity
        this.#joinWanted = true
        this.lose(outcome.identity)
        return
      case 'fatal':
        this.fail(outcome.error)
    }
  }

  /** What comes before a member joins again. False when membership was lost over it. */
  async #prepare(): Promise<boolean> {
    const { hooks, protocol, group } = this.#options
    this.#ready = hooks.onRejoin()
    const inTime = await settledWithin(this.#client.clock, this.#ready, this.#rebalanceTimeout / 2)
    if (!inTime) this.#client.logger.warn({ group }, 'onRejoin took too long: the member joins again without it')
    if (this.#lost) return false
    if (protocol === 'eager') await this.#revoke(this.#assigned)
    return !this.#lost && !this.#ended
  }

  async #take(assignment: MemberAssignment): Promise<void> {
    const { hooks, assignor, protocol, group, instanceId } = this.#options
    const membership: GroupMembership = { group, ...this.#identity, instanceId }
    const held = keysOf(this.#assigned)
    const given = keysOf(assignment.partitions)
    const revoked = this.#assigned.filter((place) => !given.has(keyOf(place)))
    const added = assignment.partitions.filter((place) => !held.has(keyOf(place)))
    const ids = await this.#joiner.topicIds(added)
    if (this.#lost || this.#ended) return
    this.#current = membership
    this.#heldSince = membership.generation
    this.gate.open()
    this.onMember(true)
    assignor.onAssignment(assignment, membership)
    await this.#revoke(revoked)
    if (this.#lost || this.#ended) return
    this.#assigned = [...this.#assigned, ...added]
    // They deliver nothing until they are sought.
    for (const place of added) {
      this.#tenures.set(keyOf(place), Symbol(keyOf(place)))
      this.#poller.positions.add(place, ids.get(place.topic), null)
    }
    await this.#readied()
    await hooks.onAssigned(added, membership)
    this.#joined.resolve()
    // What was given up can go to its new owner in the next round only.
    if (protocol === 'cooperative' && revoked.length > 0) this.rejoin(true)
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const gone = keysOf(partitions)
    this.#poller.positions.remove(partitions)
    this.#assigned = this.#assigned.filter((place) => !gone.has(keyOf(place)))
    try {
      await this.#readied()
      await this.#options.hooks.onRevoked(partitions)
    } finally {
      for (const key of gone) this.#tenures.delete(key)
    }
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}

function keysOf(partitions: readonly TopicPartition[]): Set<string> {
  return new Set(partitions.map(keyOf))
}
