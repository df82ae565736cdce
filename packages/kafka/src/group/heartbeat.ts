import { isFaustError } from '@faust/core'
import type { Clock, Timer } from '@faust/core'
import { isUnavailable } from '../connection/faults.ts'
import type { GroupRequests } from './group-requests.ts'
import type { Identity } from './identity.ts'
import type { MemberSettings } from './settings.ts'

/** What heartbeats need to know of their member, and tell it. */
export interface BeatingMember {
  /** As whom to send; `null` where none is due. */
  readonly beating: Identity | null
  /** What the group said to `identity`. */
  hear(identity: Identity, error: number): void
  /** Not heard for a whole session: by now the group has put it out. */
  silent(identity: Identity, error: unknown): void
  /** A heartbeat is due, whether or not one is sent. */
  tick(): void
  broken(error: unknown): void
}

/** Keeps a membership alive, whatever its hooks and handlers do. */
export class Heartbeat {
  readonly #requests: GroupRequests
  readonly #settings: MemberSettings
  readonly #clock: Clock
  readonly #member: BeatingMember
  readonly #stopped = new AbortController()
  #timer: Timer | null = null
  #underWay = false
  /** Monotonic time at which the last request left that was answered as a member's: the session began anew after it. */
  #aliveAt = 0

  constructor(requests: GroupRequests, settings: MemberSettings, clock: Clock, member: BeatingMember) {
    this.#requests = requests
    this.#settings = settings
    this.#clock = clock
    this.#member = member
  }

  start(): void {
    this.#timer ??= this.#clock.setTimeout(() => this.#tick(), this.#settings.heartbeatInterval)
  }

  /** For good. */
  stop(): void {
    this.#stopped.abort()
    this.#timer?.cancel()
    this.#timer = null
  }

  /** A join or a sync was answered, which is a sign of life like any other. */
  alive(): void {
    this.#aliveAt = this.#clock.monotonic()
  }

  /** One sign of life, now. Answers what the group said of `identity`. */
  async beat(identity: Identity, within: number): Promise<number> {
    const left = this.#clock.monotonic()
    const error = await this.#requests.heartbeat(identity, within, this.#stopped.signal)
    this.#aliveAt = Math.max(this.#aliveAt, left)
    this.#member.hear(identity, error)
    return error
  }

  #tick(): void {
    this.#timer = this.#clock.setTimeout(() => this.#tick(), this.#settings.heartbeatInterval)
    this.#member.tick()
    const { beating } = this.#member
    if (beating !== null && !this.#underWay) void this.#beatWithin(beating)
  }

  async #beatWithin(identity: Identity): Promise<void> {
    const { heartbeatInterval, sessionTimeout } = this.#settings
    const until = this.#aliveAt + sessionTimeout
    this.#underWay = true
    try {
      // A process that slept through its session asks all the same: only the group knows.
      await this.beat(identity, Math.max(heartbeatInterval, until - this.#clock.monotonic()))
    } catch (error) {
      if (this.#stopped.signal.aborted || isFaustError(error, 'FAUST_ABORTED')) return
      if (!isUnavailable(error)) return this.#member.broken(error)
      if (this.#clock.monotonic() >= this.#aliveAt + sessionTimeout) this.#member.silent(identity, error)
    } finally {
      this.#underWay = false
    }
  }
}
