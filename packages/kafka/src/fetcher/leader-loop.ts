import { isFaustError, partitionKey } from '@faust/core'
import { backoff, SLOW } from '../cluster/backoff.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Lane } from '../connection/connection.ts'
import { isUnavailable } from '../connection/faults.ts'
import { sleep } from '../connection/wait.ts'
import { fetchApi } from '../requests/fetch.ts'
import type { FetchResponse } from '../requests/fetch.ts'
import type { Isolation } from '../requests/isolation.ts'
import { metadataApi } from '../requests/metadata.ts'
import type { TopicMetadata } from '../requests/metadata.ts'
import { offsetForLeaderEpochApi } from '../requests/offset-for-leader-epoch.ts'
import type { EpochEnd } from '../requests/offset-for-leader-epoch.ts'
import type { Asked, FetchPlan } from './fetch-plan.ts'
import { FetchSession } from './fetch-session.ts'
import type { Scope } from './scope.ts'

/** Ms that a broker waits for records: as long may a resume or a seek take, for one lane serves one request at a time. */
export const FETCH_WAIT = 100
/** Bytes of one answer. */
const ANSWER_BYTES = 8 * 1024 * 1024
/** Ms for an answer beyond its wait. */
const ANSWER_WITHIN = 30_000

/** What a loop needs of its fetcher. */
export interface LoopHost {
  readonly cluster: Cluster
  readonly lane: Lane
  readonly isolation: Isolation
  readonly scope: Scope
  /** Rises with every poll and hand-over: each allows one fetch ahead. */
  readonly allowed: number
  /** Whether one is waiting for records now. */
  readonly waiting: boolean
  plan(node: number, turn: number): FetchPlan
  fetched(asked: ReadonlyMap<string, Asked>, answer: FetchResponse): void
  verified(asked: ReadonlyMap<string, Asked>, topics: readonly TopicMetadata[]): void
  checked(asked: ReadonlyMap<string, Asked>, ends: readonly EpochEnd[]): void
  /** No other try is to be expected to help; poll says so once. */
  complain(error: unknown): void
}

/** Asks one leader, as long as something is wanted of it: one request at a time, in one session. */
export class LeaderLoop {
  readonly #node: number
  readonly #host: LoopHost
  readonly #session = new FetchSession()
  #running = false
  #allowed = 0
  #tries = 0
  #turn = 0

  constructor(node: number, host: LoopHost) {
    this.#node = node
    this.#host = host
  }

  /** Something may be wanted. */
  wake(): void {
    if (this.#running) return
    this.#running = true
    void this.#run()
  }

  /** Ends in the same step in which there is found to be nothing to do, so that no `wake` is missed. */
  async #run(): Promise<void> {
    const host = this.#host
    while (!host.scope.ended) {
      if (!host.waiting && this.#allowed === host.allowed) break
      const { verify, check, fetch } = host.plan(this.#node, this.#turn++)
      const asked = [verify, check, fetch].find((each) => each.length > 0)
      if (asked === undefined) break
      try {
        if (asked === verify) await this.#verify(verify)
        else if (asked === check) await this.#check(check)
        else await this.#fetch(fetch)
      } catch (error) {
        await this.#lost(asked, error)
      }
    }
    this.#running = false
  }

  async #fetch(wanted: readonly Asked[]): Promise<void> {
    const { cluster, lane, isolation, scope, allowed } = this.#host
    this.#allowed = allowed
    const request = {
      maxWait: FETCH_WAIT,
      minBytes: 1,
      maxBytes: ANSWER_BYTES,
      isolation,
      ...this.#session.next(wanted),
      // A rack lets a broker name a replica to read from instead, without any records: a hot loop for who does not follow.
      rack: '',
    }
    const timeout = FETCH_WAIT + ANSWER_WITHIN
    const answer = await scope.run((signal) =>
      cluster.connection.send(this.#node, lane, fetchApi, request, { timeout, signal }),
    )
    if (!this.#session.answered(answer)) {
      // A full request follows at once, but no second one.
      if (++this.#tries > 1) await this.#sleep(backoff(cluster.clock, SLOW, this.#tries - 1))
      return
    }
    this.#tries = 0
    this.#host.fetched(byKey(wanted), answer)
  }

  /** Whether topics are the ones that were read: asked of the leader itself, which is not behind what it serves. */
  async #verify(wanted: readonly Asked[]): Promise<void> {
    const { cluster, lane, scope } = this.#host
    const request = { topics: topicsOf(wanted), autoCreate: false }
    const answer = await scope.run((signal) =>
      cluster.connection.send(this.#node, lane, metadataApi, request, { signal }),
    )
    this.#host.verified(byKey(wanted), answer.topics)
  }

  /** Whether the new leader has what was read from the old one (KIP-320). */
  async #check(wanted: readonly Asked[]): Promise<void> {
    const { cluster, lane, scope } = this.#host
    const partitions = wanted.map(({ topic, partition, leaderEpoch, position }) => {
      return { topic, partition, currentLeaderEpoch: leaderEpoch, leaderEpoch: position.fetchFrom.leaderEpoch }
    })
    const request = { partitions }
    const answer = await scope.run((signal) =>
      cluster.connection.send(this.#node, lane, offsetForLeaderEpochApi, request, { signal }),
    )
    this.#host.checked(byKey(wanted), answer.partitions)
  }

  /** Topics may be made again while nobody looks, and leaders change. */
  async #lost(asked: readonly Asked[], error: unknown): Promise<void> {
    const { cluster, scope } = this.#host
    this.#session.restart()
    this.#allowed = this.#host.allowed
    for (const { position } of asked) position.doubt()
    if (scope.ended || isFaustError(error, 'FAUST_ABORTED')) return
    const passing = isUnavailable(error)
    if (!passing) this.#host.complain(error)
    const wait = this.#sleep(passing ? backoff(cluster.clock, SLOW, ++this.#tries) : SLOW.last)
    const refresh = cluster.refresh(topicsOf(asked))
    await Promise.all([wait, refresh])
  }

  /** Ends early, and quietly, with everything else. */
  async #sleep(ms: number): Promise<void> {
    const { cluster, scope } = this.#host
    await scope.run((signal) => sleep(cluster.clock, ms, signal)).catch(() => {})
  }
}

function topicsOf(asked: readonly Asked[]): string[] {
  return [...new Set(asked.map(({ topic }) => topic))]
}

function byKey(asked: readonly Asked[]): Map<string, Asked> {
  return new Map(asked.map((each) => [partitionKey(each.topic, each.partition), each]))
}
