import type { FaustError, GroupMembership, MemberAssignment, TopicPartition } from '@faust/core'
import { deferred, sleep } from '../connection/wait.ts'
import type { Deferred } from '../connection/wait.ts'
import { Committer } from './committer.ts'
import { Gate } from './gate.ts'
import { FENCED_INSTANCE, ILLEGAL_GENERATION, NONE, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER } from './group-errors.ts'
import { Heartbeat } from './heartbeat.ts'
import { HeldPartitions } from './held-partitions.ts'
import { NOBODY } from './identity.ts'
import type { Identity } from './identity.ts'
import { Joiner } from './joiner.ts'
import { closedFault, memberFault } from './member-fault.ts'
import type { MemberParts, MemberState } from './member-states.ts'
import { settledWithin } from './settled-within.ts'
import { TopicWatch } from './topic-watch.ts'

/** Ms for which a close waits for a join under way: what is committed last is to count in the new generation. */
const JOIN_GRACE = 5_000
/** Ms before a second and later joins in a row that came to nothing. */
const PAUSE = 100

/** One member of a group: see member-states.ts for what it may do when. */
export class GroupMember {
  readonly #parts: MemberParts
  readonly #held = new HeldPartitions()
  readonly #heartbeat: Heartbeat
  readonly #joiner: Joiner
  readonly #watch: TopicWatch
  readonly #joined: Deferred<void> = deferred()
  readonly #over = new AbortController()
  readonly gate: Gate = new Gate()
  readonly committer: Committer
  #state: MemberState = 'resting'
  #identity: Identity = NOBODY
  #current: GroupMembership | null = null
  /** In which generation it was given what it holds; a join that came to nothing does not change that. */
  #heldSince = -1
  #joinWanted = true
  #lost = false
  #stopping = false
  #failure: FaustError | null = null
  #wake: Deferred<void> = deferred()
  /** Ends the join under way. */
  #round: AbortController | null = null
  #run: Promise<void> | null = null

  constructor(parts: MemberParts) {
    this.#parts = parts
    const { assignor, cluster, requests, settings } = parts
    this.#watch = new TopicWatch(cluster, () => this.rejoin())
    this.#joiner = new Joiner({ requests, settings, assignor, watch: this.#watch })
    this.committer = new Committer(cluster, requests, this, settings.group)
    this.#heartbeat = new Heartbeat(requests, settings, cluster.clock, this)
  }

  get current(): GroupMembership | null {
    return this.#current
  }

  get assigned(): readonly TopicPartition[] {
    return this.#held.assigned
  }

  get memberId(): string {
    return this.#identity.memberId
  }

  /** Why there is no coming back, or null. */
  get failure(): FaustError | null {
    return this.#failure
  }

  /** Heartbeats stop only from JoinGroup to its answer: the group waits for a joining member without them. */
  get beating(): Identity | null {
    return this.#identity.generation < 0 || this.#state === 'joining' ? null : this.#identity
  }

  tenureOf(partition: TopicPartition): number | undefined {
    return this.#held.tenureOf(partition)
  }

  start(): Promise<void> {
    if (this.#run === null) {
      this.#heartbeat.start()
      this.#run = this.#live()
    }
    return this.#joined.promise
  }

  /** Asks for a rebalance, also when nothing that the group knows has changed. */
  rejoin(): void {
    this.#joiner.insist()
    this.joinSoon()
  }

  /** The group wants everybody to join. */
  joinSoon(): void {
    this.#joinWanted = true
    this.#wake.resolve()
  }

  require(): GroupMembership {
    if (this.#failure !== null) throw this.#failure
    if (this.#current !== null) return this.#current
    throw this.#faultOf(this.#identity, UNKNOWN_MEMBER)
  }

  /** Proves membership by an answer. */
  async prove(): Promise<void> {
    for (;;) {
      await this.gate.passed()
      const current = this.require()
      const identity = this.#identity
      const error = await this.#heartbeat.beat(identity, this.#parts.settings.sessionTimeout)
      if (this.#failure !== null) throw this.#failure
      if (this.#current === null) throw memberFault(current, error === NONE ? UNKNOWN_MEMBER : error)
      if (error === NONE || error === REBALANCE_IN_PROGRESS) return
      // The answer crossed a join; another one is about the generation of now.
    }
  }

  refuse(sentAs: GroupMembership, error: number): FaustError {
    const fault = memberFault(sentAs, error)
    if (this.#current !== sentAs) return fault
    if (error === FENCED_INSTANCE) this.fail(fault)
    else this.#lose(error)
    return fault
  }

  hear(identity: Identity, error: number): void {
    if (this.#identity !== identity || this.#state === 'joining' || error === NONE) return
    switch (error) {
      case REBALANCE_IN_PROGRESS:
        // While a join is under way its own answer says so.
        if (this.gate.isOpen) this.joinSoon()
        return
      case ILLEGAL_GENERATION:
        if (this.gate.isOpen) this.#lose(error)
        return
      case UNKNOWN_MEMBER:
        return this.#lose(error)
      default:
        this.fail(this.#faultOf(identity, error))
    }
  }

  silent(identity: Identity, error: unknown): void {
    if (this.#identity !== identity || this.#state === 'joining') return
    const { cluster, settings } = this.#parts
    cluster.logger.warn({ group: settings.group, error }, 'No heartbeat was answered for a whole session')
    this.#lose(NONE)
  }

  tick(): void {
    this.#watch.lookForMissing()
  }

  broken(error: unknown): void {
    this.fail(error as FaustError)
  }

  /** Ends it for good; what is held is lost. */
  fail(error: FaustError): void {
    if (this.#failure !== null || this.#state === 'ended') return
    this.#failure = error
    this.#stopping = true
    this.#over.abort()
    this.#heartbeat.stop()
    this.#joined.reject(error)
    this.#lose(UNKNOWN_MEMBER)
    this.gate.open()
    this.#wake.resolve()
    this.#parts.fetcher.fail(error)
  }

  /**
   * Ends joining, awaits what is under way, and gives up what is held while commits still count. Bounded by the rebalance
   * time-out for each of the two.
   */
  async stop(): Promise<void> {
    const { cluster, settings, hooks } = this.#parts
    this.#stopping = true
    this.#joined.reject(closedFault(settings.group))
    this.#wake.resolve()
    const run = this.#run ?? Promise.resolve()
    const patience = this.gate.isOpen ? 0 : Math.min(JOIN_GRACE, settings.rebalanceTimeout)
    if (patience > 0) await settledWithin(cluster.clock, run, patience)
    this.#over.abort()
    await settledWithin(cluster.clock, run, settings.rebalanceTimeout)
    this.gate.open()
    const partitions = this.#held.assigned
    if (this.#current !== null && partitions.length > 0) {
      await settledWithin(cluster.clock, this.#revoke(partitions, hooks), settings.rebalanceTimeout)
    }
  }

  /** The last step: it is no member any more, and nothing goes on. */
  end(): void {
    this.#state = 'ended'
    this.#stopping = true
    this.#over.abort()
    this.#heartbeat.stop()
    this.#watch.close()
    this.#current = null
    this.#parts.fetcher.unassign(this.#held.clear())
    this.gate.open()
  }

  async #live(): Promise<void> {
    try {
      for (;;) {
        if (this.#lost) await this.#giveUpLost()
        else if (this.#stopping) return
        else if (this.#joinWanted) await this.#rebalance()
        else await this.#rest()
      }
    } catch (error) {
      if (this.#state === 'ended') return
      this.fail(error as FaustError)
      if (this.#lost) await this.#giveUpLost().catch(() => {})
    }
  }

  #rest(): Promise<void> {
    this.#state = 'resting'
    this.#wake = deferred()
    return this.#wake.promise
  }

  /** Not the group's any more, from this moment on. The hook is called when the one under way is over. */
  #lose(error: number): void {
    if (this.#identity.generation < 0) return
    // 22 and silence: the group may know the member still, and a new one would leave a dead one behind for a session.
    const memberId = error === UNKNOWN_MEMBER ? '' : this.#identity.memberId
    this.#identity = { memberId, generation: -1 }
    this.#current = null
    this.#lost = true
    this.#held.releaseAll()
    this.#parts.fetcher.unassign(this.#held.assigned)
    this.#joiner.insist()
    this.#round?.abort()
    this.gate.open()
    this.#wake.resolve()
  }

  async #giveUpLost(): Promise<void> {
    this.#state = 'losing'
    const lost = this.#held.clear()
    this.#lost = false
    this.#heldSince = -1
    this.#joinWanted = true
    if (lost.length > 0) await this.#parts.hooks.lost(lost)
  }

  /** From the wish to join to the hooks after it. A join that is to be repeated at once is part of it. */
  async #rebalance(): Promise<void> {
    const { clock } = this.#parts.cluster
    const until = clock.monotonic() + this.#parts.settings.rebalanceTimeout / 2
    if (this.#current !== null && !(await this.#prepare())) return
    for (let tries = 0; !this.#interrupted; tries++) {
      this.#joinWanted = false
      const round = this.#beginRound()
      try {
        if (tries > 1) await sleep(clock, PAUSE, round.signal)
        if (await this.#join(until, round.signal)) return
      } catch (error) {
        if (!round.signal.aborted) throw error
      } finally {
        this.#endRound()
      }
    }
    this.gate.open()
  }

  /** True when it is over, one way or another; false to join again at once. */
  async #join(commitsUntil: number, signal: AbortSignal): Promise<boolean> {
    const { cluster, lane, settings } = this.#parts
    const metadata = await this.#joiner.offer({ owned: this.#held.assigned, generation: this.#heldSince }, signal)
    this.gate.close()
    await this.committer.ground(Math.max(0, commitsUntil - cluster.clock.monotonic()))
    if (this.#interrupted || signal.aborted) return false
    this.#state = 'joining'
    const outcome = await this.#joiner.join(this.#identity, metadata, this, signal)
    if (this.#lost || signal.aborted) return false
    switch (outcome.kind) {
      case 'joined':
        await this.#take(outcome.identity, outcome.assignment)
        return true
      case 'again':
        this.#state = 'preparing'
        return false
      case 'unknown':
        if (this.#identity.generation < 0) this.#identity = NOBODY
        else this.#lose(UNKNOWN_MEMBER)
        this.#state = 'preparing'
        return false
      case 'silent':
        lane.cut()
        cluster.logger.warn({ group: settings.group, error: outcome.error }, 'The group could not be joined')
        this.#state = 'preparing'
        this.#lose(NONE)
        return false
      case 'fatal':
        this.fail(outcome.error)
        return true
      default:
        return false
    }
  }

  onMemberId(memberId: string): void {
    this.#identity = { memberId, generation: -1 }
  }

  onJoined(identity: Identity): void {
    if (this.#round?.signal.aborted !== false) return
    this.#identity = identity
    this.#state = 'syncing'
    this.#heartbeat.alive()
  }

  /** What comes before a member joins again. False when there is nothing to join for any more. */
  async #prepare(): Promise<boolean> {
    this.#state = 'preparing'
    const { cluster, hooks, settings } = this.#parts
    const inTime = await hooks.rejoin(settings.rebalanceTimeout / 2)
    if (!inTime) cluster.logger.warn({ group: settings.group }, 'onRejoin took too long: joining without it')
    if (this.#interrupted) return false
    if (settings.protocol === 'eager') await this.#revoke(this.#held.assigned, hooks)
    return !this.#interrupted
  }

  async #take(identity: Identity, assignment: MemberAssignment): Promise<void> {
    const { assignor, fetcher, hooks, settings } = this.#parts
    const { group, instanceId, protocol } = settings
    const before = this.#current
    const membership: GroupMembership = { group, ...identity, instanceId: instanceId ?? undefined }
    this.#state = 'taking'
    this.#current = membership
    this.#heldSince = identity.generation
    this.#heartbeat.alive()
    this.gate.open()
    // A repeated join of a generation that is known is no rebalance.
    const known = before?.memberId === identity.memberId && before.generation === identity.generation
    if (this.#stopping || (known && protocol === 'cooperative')) return
    assignor.onAssignment(assignment, membership)
    const { added, revoked } = this.#held.compare(assignment.partitions)
    await this.#revoke(revoked, hooks)
    if (this.#interrupted) return
    this.#held.add(added)
    fetcher.add(added)
    await hooks.assigned(added, membership)
    if (this.#interrupted) return
    this.#joined.resolve()
    // What was given up can go to its new owner in the next round only.
    if (protocol === 'cooperative' && revoked.length > 0) this.rejoin()
  }

  async #revoke(partitions: readonly TopicPartition[], hooks: MemberParts['hooks']): Promise<void> {
    if (partitions.length === 0) return
    this.#parts.fetcher.unassign(partitions)
    this.#held.remove(partitions)
    try {
      await hooks.revoked(partitions)
    } finally {
      this.#held.release(partitions)
    }
  }

  #beginRound(): AbortController {
    const round = new AbortController()
    this.#round = round
    if (this.#over.signal.aborted) round.abort()
    else this.#over.signal.addEventListener('abort', this.#endWithOver, { once: true })
    return round
  }

  #endRound(): void {
    if (this.#round?.signal.aborted === true) this.#parts.lane.cut()
    this.#over.signal.removeEventListener('abort', this.#endWithOver)
    this.#round = null
  }

  readonly #endWithOver = (): void => this.#round?.abort()

  get #interrupted(): boolean {
    return this.#lost || this.#stopping
  }

  #faultOf({ memberId, generation }: Identity, error: number): FaustError {
    const { group, instanceId } = this.#parts.settings
    return memberFault({ group, memberId, generation, instanceId: instanceId ?? undefined }, error)
  }
}
