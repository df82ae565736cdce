import type { FaustError, GroupMembership, TopicPartition } from '@faust/core'
import type { Deadline } from '../cluster/deadline.ts'
import { deferred, settledWithin } from '../connection/wait.ts'
import type { Deferred } from '../connection/wait.ts'
import { KAFKA } from '../requests/error-codes.ts'
import { Committer } from './committer.ts'
import type { CommittingMember } from './committer.ts'
import type { Gate } from './gate.ts'
import { Heartbeat } from './heartbeat.ts'
import type { BeatingMember } from './heartbeat.ts'
import type { Identity } from './identity.ts'
import { Joiner } from './joiner.ts'
import { closedFault, memberFault } from './member-fault.ts'
import type { MemberParts } from './member-states.ts'
import { Rebalance } from './rebalance.ts'
import { Rounds } from './rounds.ts'
import { Standing } from './standing.ts'
import { TopicWatch } from './topic-watch.ts'

/** Ms for which a close waits for a join under way: what is committed last is to count in the new generation. */
const JOIN_GRACE = 5_000

/** One member of a group, from its start to its end: see member-states.ts for what it may do when. */
export class GroupMember implements BeatingMember, CommittingMember {
  readonly #parts: MemberParts
  readonly #standing: Standing
  readonly #heartbeat: Heartbeat
  readonly #joiner: Joiner
  readonly #watch: TopicWatch
  readonly #rounds: Rounds
  readonly #rebalance: Rebalance
  readonly #joined: Deferred<void> = deferred()
  readonly #over = new AbortController()
  readonly committer: Committer
  #wake: Deferred<void> = deferred()
  #run: Promise<void> | null = null

  constructor(parts: MemberParts) {
    this.#parts = parts
    const { assignor, cluster, requests, settings, lane } = parts
    const standing = new Standing(settings)
    this.#standing = standing
    this.#watch = new TopicWatch(cluster, () => this.rejoin())
    this.#joiner = new Joiner({ requests, settings, assignor, watch: this.#watch })
    this.committer = new Committer(cluster, requests, this, settings.group)
    this.#heartbeat = new Heartbeat(requests, settings, cluster.clock, this)
    this.#rounds = new Rounds(this.#over.signal, lane)
    this.#rebalance = new Rebalance(parts, {
      standing,
      rounds: this.#rounds,
      joiner: this.#joiner,
      heartbeat: this.#heartbeat,
      committer: this.committer,
      joined: () => this.#joined.resolve(),
      rejoin: () => this.rejoin(),
      lose: (error) => this.#lose(error),
      fail: (error) => this.fail(error),
    })
  }

  get current(): GroupMembership | null {
    return this.#standing.current
  }

  get assigned(): readonly TopicPartition[] {
    return this.#standing.held.assigned
  }

  get memberId(): string {
    return this.#standing.identity.memberId
  }

  /** Why there is no coming back, or null. */
  get failure(): FaustError | null {
    return this.#standing.failure
  }

  get gate(): Gate {
    return this.#standing.gate
  }

  get beating(): Identity | null {
    return this.#standing.beating
  }

  tenureOf(partition: TopicPartition): number | undefined {
    return this.#standing.held.tenureOf(partition)
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
    this.#standing.joinWanted = true
    this.#wake.resolve()
  }

  require(): GroupMembership {
    return this.#standing.require()
  }

  /** Proves membership by an answer. */
  async prove(): Promise<void> {
    const standing = this.#standing
    for (;;) {
      await standing.gate.passed()
      const current = standing.require()
      const error = await this.#heartbeat.beat(standing.identity, this.#parts.settings.sessionTimeout)
      if (standing.failure !== null) throw standing.failure
      if (standing.current === null) throw memberFault(current, error === KAFKA.NONE ? KAFKA.UNKNOWN_MEMBER_ID : error)
      if (error === KAFKA.NONE || error === KAFKA.REBALANCE_IN_PROGRESS) return
      // The answer crossed a join; another one is about the generation of now.
    }
  }

  refuse(sentAs: GroupMembership, error: number): FaustError {
    const fault = memberFault(sentAs, error)
    if (this.#standing.current !== sentAs) return fault
    if (error === KAFKA.FENCED_INSTANCE_ID) this.fail(fault)
    else this.#lose(error)
    return fault
  }

  hear(identity: Identity, error: number): void {
    if (!this.#isHeard(identity) || error === KAFKA.NONE) return
    switch (error) {
      case KAFKA.REBALANCE_IN_PROGRESS:
        // While a join is under way its own answer says so.
        if (this.gate.isOpen) this.joinSoon()
        return
      case KAFKA.ILLEGAL_GENERATION:
        if (this.gate.isOpen) this.#lose(error)
        return
      case KAFKA.UNKNOWN_MEMBER_ID:
        return this.#lose(error)
      default:
        this.fail(this.#standing.faultOf(identity, error))
    }
  }

  silent(identity: Identity, error: unknown): void {
    if (!this.#isHeard(identity)) return
    const { cluster, settings } = this.#parts
    cluster.logger.warn({ group: settings.group, error }, 'No heartbeat was answered for a whole session')
    this.#lose(KAFKA.NONE)
  }

  tick(): void {
    this.#watch.lookForMissing()
  }

  broken(error: unknown): void {
    this.fail(error as FaustError)
  }

  /** Ends it for good; what is held is lost. */
  fail(error: FaustError): void {
    const standing = this.#standing
    if (standing.failure !== null || standing.state === 'ended') return
    standing.failure = error
    standing.stopping = true
    this.#over.abort()
    this.#heartbeat.stop()
    this.#joined.reject(error)
    this.#lose(KAFKA.UNKNOWN_MEMBER_ID)
    this.gate.open()
    this.#wake.resolve()
    this.#parts.fetcher.fail(error)
  }

  /**
   * Ends joining, awaits what is under way, and gives up what is held while commits still count. Bounded by the rebalance
   * time-out for each of the two, and by the deadline of all.
   */
  async stop(deadline: Deadline): Promise<void> {
    const { cluster, settings } = this.#parts
    const within = (bound: number): number => Math.min(bound, settings.rebalanceTimeout, deadline.left)
    this.#standing.stopping = true
    this.#joined.reject(closedFault(settings.group))
    this.#wake.resolve()
    const run = this.#run ?? Promise.resolve()
    const patience = this.gate.isOpen ? 0 : within(JOIN_GRACE)
    if (patience > 0) await settledWithin(cluster.clock, run, patience)
    this.#over.abort()
    await settledWithin(cluster.clock, run, within(Infinity))
    this.gate.open()
    const partitions = this.assigned
    if (this.current !== null && partitions.length > 0) {
      await settledWithin(cluster.clock, this.#rebalance.revoke(partitions), within(Infinity))
    }
  }

  /** The last step: it is no member any more, and nothing goes on. */
  end(): void {
    const standing = this.#standing
    standing.state = 'ended'
    standing.stopping = true
    this.#over.abort()
    this.#heartbeat.stop()
    this.#watch.close()
    standing.current = null
    this.#parts.fetcher.unassign(standing.held.clear())
    this.gate.open()
  }

  async #live(): Promise<void> {
    const standing = this.#standing
    try {
      for (;;) {
        if (standing.lost) await this.#giveUpLost()
        else if (standing.stopping) return
        else if (standing.joinWanted) await this.#rebalance.run()
        else await this.#rest()
      }
    } catch (error) {
      if (standing.state === 'ended') return
      this.fail(error as FaustError)
      if (standing.lost) await this.#giveUpLost().catch(() => {})
    }
  }

  #rest(): Promise<void> {
    this.#standing.state = 'resting'
    this.#wake = deferred()
    return this.#wake.promise
  }

  /** The hook is called when the one under way is over. */
  #lose(error: number): void {
    const standing = this.#standing
    if (standing.identity.generation < 0) return
    standing.lose(error)
    this.#parts.fetcher.unassign(standing.held.assigned)
    this.#joiner.insist()
    this.#rounds.abort()
    this.gate.open()
    this.#wake.resolve()
  }

  async #giveUpLost(): Promise<void> {
    const standing = this.#standing
    standing.state = 'losing'
    const lost = standing.held.clear()
    standing.lost = false
    standing.heldSince = -1
    standing.joinWanted = true
    if (lost.length > 0) await this.#parts.hooks.lost(lost)
  }

  /** Whether an answer to `identity` is about the member of now: a joining one is told by its join. */
  #isHeard(identity: Identity): boolean {
    return this.#standing.identity === identity && this.#standing.state !== 'joining'
  }
}
