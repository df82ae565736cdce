import type { FaustError, MemberAssignment, TopicPartition } from '@faust/core'
import { sleep } from '../connection/wait.ts'
import { KAFKA } from '../requests/error-codes.ts'
import type { Committer } from './committer.ts'
import type { Heartbeat } from './heartbeat.ts'
import { NOBODY } from './identity.ts'
import type { Identity } from './identity.ts'
import type { Joiner, JoinProgress } from './joiner.ts'
import type { MemberParts } from './member-states.ts'
import type { Rounds } from './rounds.ts'
import type { Standing } from './standing.ts'

/** Ms before a second and later joins in a row that came to nothing. */
const PAUSE = 100

/** What a rebalance needs of its member. */
export interface RebalancingMember {
  readonly standing: Standing
  readonly rounds: Rounds
  readonly joiner: Joiner
  readonly heartbeat: Heartbeat
  readonly committer: Committer
  /** It has what it was given, hooks included. */
  joined(): void
  rejoin(): void
  lose(error: number): void
  fail(error: FaustError): void
}

/** From the wish to join to the hooks after it: see member-states.ts. */
export class Rebalance implements JoinProgress {
  readonly #parts: MemberParts
  readonly #member: RebalancingMember
  readonly #standing: Standing

  constructor(parts: MemberParts, member: RebalancingMember) {
    this.#parts = parts
    this.#member = member
    this.#standing = member.standing
  }

  /** A join that is to be repeated at once is part of it. */
  async run(): Promise<void> {
    const standing = this.#standing
    const { rounds } = this.#member
    const { clock } = this.#parts.cluster
    const until = clock.monotonic() + this.#parts.settings.rebalanceTimeout / 2
    if (standing.current !== null && !(await this.#prepare())) return
    for (let tries = 0; !standing.interrupted; tries++) {
      standing.joinWanted = false
      const signal = rounds.begin()
      try {
        if (tries > 1) await sleep(clock, PAUSE, signal)
        if (await this.#join(until, signal)) return
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        rounds.end()
      }
    }
    standing.gate.open()
  }

  /** Gives partitions up: from now on nothing more of them is read, and their offsets count until the hook has settled. */
  async revoke(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    const { held } = this.#standing
    this.#parts.fetcher.unassign(partitions)
    held.remove(partitions)
    try {
      await this.#parts.hooks.revoked(partitions)
    } finally {
      held.release(partitions)
    }
  }

  onMemberId(memberId: string): void {
    this.#standing.identity = { memberId, generation: -1 }
  }

  onJoined(identity: Identity): void {
    if (!this.#member.rounds.isOn) return
    this.#standing.identity = identity
    this.#standing.state = 'syncing'
    this.#member.heartbeat.alive()
  }

  /** What comes before a member joins again. False when there is nothing to join for any more. */
  async #prepare(): Promise<boolean> {
    const standing = this.#standing
    standing.state = 'preparing'
    const { cluster, hooks, settings } = this.#parts
    const inTime = await hooks.rejoin(settings.rebalanceTimeout / 2)
    if (!inTime) cluster.logger.warn({ group: settings.group }, 'onRejoin took too long: joining without it')
    if (standing.interrupted) return false
    if (settings.protocol === 'eager') await this.revoke(standing.held.assigned)
    return !standing.interrupted
  }

  /** True when it is over, one way or another; false to join again at once. */
  async #join(commitsUntil: number, signal: AbortSignal): Promise<boolean> {
    const standing = this.#standing
    const member = this.#member
    const { cluster, lane, settings } = this.#parts
    const holding = { owned: standing.held.assigned, generation: standing.heldSince }
    const metadata = await member.joiner.offer(holding, signal)
    standing.gate.close()
    await member.committer.ground(Math.max(0, commitsUntil - cluster.clock.monotonic()))
    if (standing.interrupted || signal.aborted) return false
    standing.state = 'joining'
    const outcome = await member.joiner.join(standing.identity, metadata, this, signal)
    if (standing.lost || signal.aborted) return false
    switch (outcome.kind) {
      case 'joined':
        await this.#take(outcome.identity, outcome.assignment)
        return true
      case 'again':
        standing.state = 'preparing'
        return false
      case 'unknown':
        if (standing.identity.generation < 0) standing.identity = NOBODY
        else member.lose(KAFKA.UNKNOWN_MEMBER_ID)
        standing.state = 'preparing'
        return false
      case 'silent':
        lane.cut()
        cluster.logger.warn({ group: settings.group, error: outcome.error }, 'The group could not be joined')
        standing.state = 'preparing'
        member.lose(KAFKA.NONE)
        return false
      case 'fatal':
        member.fail(outcome.error)
        return true
      default:
        return false
    }
  }

  async #take(identity: Identity, assignment: MemberAssignment): Promise<void> {
    const standing = this.#standing
    const { assignor, fetcher, hooks, settings } = this.#parts
    const isCooperative = settings.protocol === 'cooperative'
    const before = standing.current
    const membership = standing.membershipOf(identity)
    standing.state = 'taking'
    standing.current = membership
    standing.heldSince = identity.generation
    this.#member.heartbeat.alive()
    standing.gate.open()
    // A repeated join of a generation that is known is no rebalance.
    const known = before?.memberId === identity.memberId && before.generation === identity.generation
    if (standing.stopping || (known && isCooperative)) return
    assignor.onAssignment(assignment, membership)
    const { added, revoked } = standing.held.compare(assignment.partitions)
    await this.revoke(revoked)
    if (standing.interrupted) return
    standing.held.add(added)
    fetcher.add(added)
    await hooks.assigned(added, membership)
    if (standing.interrupted) return
    this.#member.joined()
    // What was given up can go to its new owner in the next round only.
    if (isCooperative && revoked.length > 0) this.#member.rejoin()
  }
}
