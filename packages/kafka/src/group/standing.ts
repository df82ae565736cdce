import type { FaustError, GroupMembership } from '@faust/core'
import { KAFKA } from '../requests/error-codes.ts'
import { Gate } from './gate.ts'
import { HeldPartitions } from './held-partitions.ts'
import { NOBODY } from './identity.ts'
import type { Identity } from './identity.ts'
import { memberFault } from './member-fault.ts'
import type { MemberState } from './member-states.ts'
import type { MemberSettings } from './settings.ts'

/** What a member is to its group at this moment, and what it holds: the state that its loop and the group's answers share. */
export class Standing {
  readonly #settings: MemberSettings
  readonly held: HeldPartitions = new HeldPartitions()
  readonly gate: Gate = new Gate()
  state: MemberState = 'resting'
  identity: Identity = NOBODY
  current: GroupMembership | null = null
  /** In which generation it was given what it holds; a join that came to nothing does not change that. */
  heldSince = -1
  joinWanted = true
  /** Not the group's any more, and onLost is not called yet. */
  lost = false
  stopping = false
  /** Why there is no coming back, or null. */
  failure: FaustError | null = null

  constructor(settings: MemberSettings) {
    this.#settings = settings
  }

  /** Whether what is under way has nothing to be done for any more. */
  get interrupted(): boolean {
    return this.lost || this.stopping
  }

  /** Heartbeats stop only from JoinGroup to its answer: the group waits for a joining member without them. */
  get beating(): Identity | null {
    return this.identity.generation < 0 || this.state === 'joining' ? null : this.identity
  }

  /** The membership of now. Throws why there is none. */
  require(): GroupMembership {
    if (this.failure !== null) throw this.failure
    if (this.current !== null) return this.current
    throw this.faultOf(this.identity, KAFKA.UNKNOWN_MEMBER_ID)
  }

  /** The identity of a generation as the rest of the world sees it. */
  membershipOf(identity: Identity): GroupMembership {
    const { group, instanceId } = this.#settings
    return { group, ...identity, instanceId: instanceId ?? undefined }
  }

  /** What an answer of the group means, told to who was `identity`. */
  faultOf(identity: Identity, error: number): FaustError {
    return memberFault(this.membershipOf(identity), error)
  }

  /** Not the group's any more, from this moment on: no membership, no tenure. */
  lose(error: number): void {
    // 22 and silence: the group may know the member still, and a new one would leave a dead one behind for a session.
    const memberId = error === KAFKA.UNKNOWN_MEMBER_ID ? '' : this.identity.memberId
    this.identity = { memberId, generation: -1 }
    this.current = null
    this.lost = true
    this.held.releaseAll()
  }
}
