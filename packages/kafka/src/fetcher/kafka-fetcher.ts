import { isFaustError } from '@faust/core'
import type { FaustError, PollOptions, ReadStart, RecordBatch, TopicPartition } from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import type { Lane } from '../connection/connection.ts'
import type { FetchResponse } from '../requests/fetch.ts'
import type { Isolation } from '../requests/isolation.ts'
import type { TopicMetadata } from '../requests/metadata.ts'
import type { EpochEnd } from '../requests/offset-for-leader-epoch.ts'
import { AnswerIntake, MOST_PAUSED } from './answer-intake.ts'
import { fetcherClosed } from './faults.ts'
import type { LogRange } from './faults.ts'
import { mayFetch, planFetch } from './fetch-plan.ts'
import type { Asked, FetchPlan } from './fetch-plan.ts'
import type { Fetcher, FetcherOptions, FetchFrom } from './fetcher.ts'
import { handOver } from './hand-over.ts'
import { FETCH_WAIT, LeaderLoop } from './leader-loop.ts'
import type { LoopHost } from './leader-loop.ts'
import { listEnds } from './list-ends.ts'
import { PollWait } from './poll-wait.ts'
import { PositionSet } from './position-set.ts'
import { Position } from './position.ts'
import { TrackedTopics } from './tracked-topics.ts'
import { Scope } from './scope.ts'
import { Trouble } from './trouble.ts'
import { Turns } from './turns.ts'

/** Ms for `assign`. */
const ASSIGN_WITHIN = 30_000
/** Bytes of one answer of `poll` unless the caller says less: what is decoded in one go. */
const POLL_BYTES = 4 * 1024 * 1024

/** `Fetcher` over a cluster: a loop and a session for each leader, one answer ahead of `poll`. */
export class KafkaFetcher implements Fetcher, LoopHost {
  readonly cluster: Cluster
  readonly lane: Lane
  readonly isolation: Isolation
  readonly scope: Scope = new Scope()
  /** Where nobody polls nothing is fetched: each poll and each hand-over allows one fetch ahead. */
  allowed = 0
  readonly #subject: string
  readonly #positions = new PositionSet()
  readonly #trouble: Trouble
  readonly #intake: AnswerIntake
  readonly #topics: TrackedTopics
  readonly #wait: PollWait
  readonly #turns: Turns
  readonly #loops = new Map<number, LeaderLoop>()
  readonly #ignoreChanges: () => void
  /** What `poll` rejects with: for good, and once. */
  #fatal: FaustError | null = null
  #complaint: { readonly error: unknown } | null = null
  /** Errors about partitions take turns with the records of the others. */
  #threw = false
  #turn = 0

  constructor({ cluster, codecs, isolation, name, subject, onMissing }: FetcherOptions) {
    this.cluster = cluster
    this.lane = `fetch-${name}`
    this.isolation = isolation
    this.#subject = subject
    const wake = (): void => this.#wake()
    this.#trouble = new Trouble({ cluster, onMissing, scope: this.scope, wake })
    this.#intake = new AnswerIntake({ positions: this.#positions, trouble: this.#trouble, isolation, codecs })
    this.#topics = new TrackedTopics(cluster)
    this.#wait = new PollWait(cluster.clock)
    this.#turns = new Turns(cluster.clock)
    this.#ignoreChanges = cluster.onChange((topics) => {
      const names = new Set(topics.map((topic) => topic.name))
      for (const position of this.#positions.all) if (names.has(position.topic)) this.#trouble.metadataChanged(position)
      this.#wake()
    })
  }

  get waiting(): boolean {
    return this.#wait.waiting
  }

  async assign(from: readonly FetchFrom[]): Promise<readonly ReadStart[]> {
    this.#check()
    const what = `${this.#subject}: looking where partitions begin and end`
    const ask = (signal: AbortSignal): Promise<readonly LogRange[]> =>
      listEnds(this.cluster, from, { what, within: ASSIGN_WITHIN, signal })
    const ranges = await this.scope.run(ask).catch((error: unknown) => {
      this.#check()
      throw error
    })
    this.#check()
    this.#put(from.map((place) => this.#position(place, place.offset, place.leaderEpoch)))
    return from.map(({ topic, partition, offset }, index) => {
      const { logStart, logEnd: end } = ranges[index] as LogRange
      return { topic, partition, offset, logStart, end }
    })
  }

  add(partitions: readonly TopicPartition[]): void {
    this.#put(partitions.map((place) => this.#position(place, -1)))
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.#positions.remove(partitions)
    this.#track()
  }

  partitions(): readonly TopicPartition[] {
    return this.#positions.all.map(({ topic, partition }) => ({ topic, partition }))
  }

  seek(partition: TopicPartition, offset: number, leaderEpoch = -1): void {
    const position = this.#positions.get(partition)
    if (position === undefined) return
    position.move(offset, leaderEpoch)
    this.#wake()
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const position = this.#positions.get(partition)
      if (position === undefined) continue
      position.failure = null
      if (position.paused) continue
      position.paused = true
      if (position.kept.length > 0 && this.#positions.keptBytes(true) > MOST_PAUSED) position.forget()
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const position = this.#positions.get(partition)
      if (position !== undefined) position.paused = false
    }
    this.#wake()
  }

  async poll(options: PollOptions): Promise<readonly RecordBatch[]> {
    this.#check()
    const { clock } = this.cluster
    const begin = clock.monotonic()
    // Nothing is read yet in the caller's own step: what it seeks or pauses in it still counts.
    await this.#turns.breathe()
    this.allowed++
    let patient = options.maxWait > 0
    for (;;) {
      if (this.scope.ended) return []
      this.#throwPending()
      if (patient && this.#trouble.looking) {
        // Else errors would come long after records of other partitions that were asked for with them.
        patient = false
        await this.#wait.wait(Math.min(options.maxWait, FETCH_WAIT), options.signal, () => {})
        continue
      }
      const batches = this.#take(options)
      if (batches.length > 0) {
        this.#threw = false
        this.allowed++
        this.#kick()
        return batches
      }
      const failing = this.#positions.firstFailing()
      if (failing !== undefined && !this.#threw) continue
      // The others get a chance to be served in between.
      const patience = failing === undefined ? options.maxWait : Math.min(options.maxWait, FETCH_WAIT)
      const left = begin + patience - clock.monotonic()
      if (left > 0 && options.signal?.aborted !== true) {
        await this.#wait.wait(left, options.signal, () => this.#kick())
        this.#turns.began()
        continue
      }
      this.#kick()
      if (failing === undefined) return []
      this.#threw = false
    }
  }

  fail(error: FaustError): void {
    this.#fatal ??= error
    this.#wait.wake()
  }

  close(): Promise<void> {
    if (this.scope.ended) return Promise.resolve()
    this.scope.end()
    this.#ignoreChanges()
    this.unassign(this.partitions())
    this.cluster.connection.closeLane(this.lane)
    this.#wait.wake()
    return Promise.resolve()
  }

  /** For the loops. */
  plan(node: number, turn: number): FetchPlan {
    return planFetch(node, turn, { positions: this.#positions, cluster: this.cluster })
  }

  fetched(asked: ReadonlyMap<string, Asked>, answer: FetchResponse): void {
    this.#turns.began()
    if (this.#intake.fetched(asked, answer, this.cluster.clock.monotonic())) this.#wait.wake()
  }

  verified(asked: ReadonlyMap<string, Asked>, topics: readonly TopicMetadata[]): void {
    this.#intake.verified(asked, topics, this.cluster.clock.monotonic())
  }

  checked(asked: ReadonlyMap<string, Asked>, ends: readonly EpochEnd[]): void {
    this.#intake.checked(asked, ends)
  }

  complain(error: unknown): void {
    if (isFaustError(error, 'FAUST_CLOSED')) return this.fail(error)
    this.#complaint = { error }
    this.#wait.wake()
  }

  #check(): void {
    if (this.scope.ended) throw fetcherClosed(this.#subject)
  }

  #position(place: TopicPartition, offset: number, leaderEpoch = -1): Position {
    return new Position(place, offset, leaderEpoch)
  }

  #put(positions: readonly Position[]): void {
    this.#positions.put(positions)
    this.#track()
    this.#wake()
  }

  #track(): void {
    this.#topics.set(new Set(this.#positions.all.map(({ topic }) => topic)))
  }

  #throwPending(): void {
    if (this.#fatal !== null) throw this.#fatal
    const complaint = this.#complaint
    this.#complaint = null
    if (complaint !== null) throw complaint.error
    const position = this.#positions.firstFailing()
    if (position === undefined) this.#threw = false
    else if (!this.#threw) {
      this.#threw = true
      const { failure, topic } = position
      if (failure?.code === 'FAUST_TOPIC_RECREATED') position.toldRecreated = true
      // It may be there again.
      if (failure?.code === 'FAUST_TOPIC_MISSING') void this.cluster.refresh([topic])
      throw failure as FaustError
    }
  }

  #take({ maxRecords = Number.POSITIVE_INFINITY, maxBytes = POLL_BYTES }: PollOptions): RecordBatch[] {
    const batches: RecordBatch[] = []
    let records = maxRecords
    let bytes = maxBytes
    for (const position of this.#positions.inTurn(this.#turn++)) {
      if (!isReady(position)) continue
      const batch = handOver(position, records, bytes)
      if (batch === null) continue
      batches.push(batch)
      records -= batch.records.length
      bytes -= batch.bytes
      if (records <= 0 || bytes <= 0) break
    }
    return batches
  }

  /**
   * Something has changed for a poll that waits; without one the next poll looks. What is kept of a resumed partition
   * comes with no answer, so nothing else would tell the poll of it.
   */
  #wake(): void {
    if (!this.waiting) return
    if (this.#positions.firstFailing() !== undefined || this.#positions.all.some(isReady)) this.#wait.wake()
    else this.#kick()
  }

  /** Starts the loops of all leaders of whom something is wanted. */
  #kick(): void {
    if (this.scope.ended) return
    const nodes = new Set<number>()
    for (const position of this.#positions.all) {
      if (!mayFetch(position)) continue
      const leader = this.cluster.leader(position)
      if (leader === undefined) this.#trouble.leaderless(position)
      else nodes.add(leader.node)
    }
    for (const node of nodes) this.#loop(node).wake()
  }

  #loop(node: number): LeaderLoop {
    const known = this.#loops.get(node)
    if (known !== undefined) return known
    const loop = new LeaderLoop(node, this)
    this.#loops.set(node, loop)
    return loop
  }
}

/** Whether the next poll may take from it. */
function isReady({ paused, failure, kept }: Position): boolean {
  return !paused && failure === null && kept.length > 0
}
