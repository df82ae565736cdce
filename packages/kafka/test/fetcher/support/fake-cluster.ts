import { FaustError, partitionKey as partitionKeyOf, silentLogger } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import { virtualClock } from '@faust/testing'
import type { VirtualClock } from '@faust/testing'
import type {
  Api,
  Cluster,
  Connection,
  EpochEnd,
  FetchedPartition,
  FetchRequest,
  FetchResponse,
  Leader,
  ListOffsetsRequest,
  ListOffsetsResponse,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
  TopicMetadata,
} from '../../../src/index.ts'
import { EARLIEST } from '../../../src/index.ts'
import { FakeLog } from './fake-log.ts'

/** A request that reached a broker. */
export interface Sent {
  readonly at: number
  readonly node: number
  readonly lane: string
  readonly api: string
  readonly request: unknown
}

interface Session {
  epoch: number
  readonly held: Map<string, { offset: number; leaderEpoch: number; maxBytes: number; told: boolean; hw: number }>
}

type Answer = FetchResponse | ListOffsetsResponse | OffsetForLeaderEpochResponse

/** A cluster in memory, with the Fetch sessions of a broker. Leaders and ids are known as of the last refresh. */
export class FakeCluster {
  readonly clock: VirtualClock = virtualClock()
  readonly logs = new Map<string, FakeLog>()
  readonly ids = new Map<string, string>()
  readonly sent: Sent[] = []
  readonly closedLanes: string[] = []
  refreshes = 0
  tracked: string[] = []
  /** How many sessions the broker has room for. */
  room = 10
  /** Takes over a request: gives an answer, or fails. */
  intercept: ((sent: Sent) => Promise<Answer> | undefined) | undefined
  /** Changes an answer on its way. */
  change: ((answer: FetchResponse) => FetchResponse) | undefined
  #nextSession = 7
  readonly #sessions = new Map<number, Session>()
  readonly #listeners = new Set<(topics: readonly TopicMetadata[]) => void>()
  readonly #waiting = new Set<() => void>()
  #known = new Map<string, TopicMetadata>()

  /** Declares partitions; they are known at once. */
  topic(name: string, partitions = 1): FakeLog[] {
    this.ids.set(name, `id-of-${name}-${this.ids.size}`)
    const logs = Array.from({ length: partitions }, (_, partition) => {
      const log = new FakeLog()
      log.onAppend = () => this.wake()
      this.logs.set(partitionKeyOf(name, partition), log)
      return log
    })
    this.publish()
    return logs
  }

  deleteTopic(name: string): void {
    this.ids.delete(name)
    for (const key of this.logs.keys()) if (key.startsWith(`${name} `)) this.logs.delete(key)
    this.wake()
  }

  /** What brokers wait for may have come. */
  wake(): void {
    for (const each of this.#waiting) each()
  }

  dropSessions(): void {
    this.#sessions.clear()
  }

  fetches(): FetchRequest[] {
    return this.sent.filter(({ api }) => api === 'Fetch').map(({ request }) => request as FetchRequest)
  }

  /** Lets clients know what is. */
  publish(): void {
    const names = new Set([...this.ids.keys(), ...this.#known.keys()])
    this.#known = new Map(Array.from(names, (name) => [name, this.#describe(name)]))
    for (const listener of this.#listeners) listener([...this.#known.values()])
  }

  get cluster(): Cluster {
    const fake: Partial<Cluster> = {
      clock: this.clock,
      logger: silentLogger,
      connection: this.#connection(),
      track: (topics) => {
        this.tracked.push(...topics)
        return () => void (this.tracked = this.tracked.filter((each) => !topics.includes(each)))
      },
      topic: (name) => this.#known.get(name),
      leader: (partition) => this.#leader(partition),
      refresh: async () => {
        this.refreshes++
        await new Promise<void>((resolve) => this.clock.setTimeout(resolve, 1))
        this.publish()
      },
      onChange: (listener) => {
        this.#listeners.add(listener)
        return () => void this.#listeners.delete(listener)
      },
      sendToLeaders: (async (items: readonly TopicPartition[], api: Api<unknown, Answer>, request: Function) => {
        for (const item of items) {
          if (this.#leader(item) === undefined)
            throw new FaustError('FAUST_TOPIC_MISSING', `Topic "${item.topic}" does not exist`)
        }
        const led = items.map((item) => ({ ...item, leaderEpoch: (this.#leader(item) as Leader).epoch }))
        const answer = await this.#send((this.#leader(items[0]!) as Leader).node, 'control', api, request(led))
        return answer.partitions
      }) as unknown as Cluster['sendToLeaders'],
    }
    return fake as Cluster
  }

  #connection(): Connection {
    const connection: Partial<Connection> = {
      send: ((node: number, lane: string, api: Api<unknown, Answer>, request: unknown, options: object = {}) => {
        const { signal } = options as { signal?: AbortSignal }
        const aborted = new Promise<never>((_, reject) => {
          const abort = (): void => reject(new FaustError('FAUST_ABORTED', 'ended'))
          if (signal?.aborted === true) abort()
          else signal?.addEventListener('abort', abort, { once: true })
        })
        return Promise.race([this.#send(node, lane, api, request), aborted])
      }) as unknown as Connection['send'],
      closeLane: (lane) => void this.closedLanes.push(lane),
    }
    return connection as Connection
  }

  async #send(node: number, lane: string, api: Api<unknown, Answer>, request: unknown): Promise<Answer> {
    const sent = { at: this.clock.monotonic(), node, lane, api: api.name, request: structuredClone(strip(request)) }
    this.sent.push(sent)
    await new Promise<void>((resolve) => this.clock.setTimeout(resolve, 1))
    const own = this.intercept?.(sent)
    if (own !== undefined) return own
    // As it would come off the wire.
    if (api.name === 'Fetch') return this.#fetch(node, request as FetchRequest)
    if (api.name === 'ListOffsets') return this.#list(request as ListOffsetsRequest)
    if (api.name === 'Metadata') {
      const { topics } = request as { topics: string[] }
      return { topics: topics.map((name) => this.#describe(name)) } as unknown as Answer
    }
    return this.#epochs(request as OffsetForLeaderEpochRequest)
  }

  async #fetch(node: number, request: FetchRequest): Promise<FetchResponse> {
    const bare = { throttleTime: 0, partitions: [] }
    let session: Session | undefined
    let { sessionId } = request
    if (request.sessionEpoch === 0) {
      this.#sessions.delete(sessionId)
      session = { epoch: 0, held: new Map() }
      sessionId = this.#sessions.size < this.room ? this.#nextSession++ : 0
      if (sessionId !== 0) this.#sessions.set(sessionId, session)
    } else {
      session = this.#sessions.get(sessionId)
      if (session === undefined) return { ...bare, error: 70, sessionId: 0 }
      if (session.epoch !== request.sessionEpoch) return { ...bare, error: 71, sessionId: 0 }
    }
    session.epoch = session.epoch === 2 ** 31 - 1 ? 1 : session.epoch + 1
    for (const each of request.partitions) {
      const { offset, leaderEpoch, maxBytes } = each
      session.held.set(partitionKeyOf(each.topic, each.partition), {
        offset,
        leaderEpoch,
        maxBytes,
        told: false,
        hw: -1,
      })
    }
    for (const each of request.forgotten) session.held.delete(partitionKeyOf(each.topic, each.partition))
    const deadline = this.clock.monotonic() + request.maxWait
    for (;;) {
      const partitions = this.#serve(node, session, request)
      const busy = partitions.some(({ error, records }) => error !== 0 || (records?.length ?? 0) > 0)
      const left = deadline - this.clock.monotonic()
      if (busy || left <= 0) {
        for (const each of partitions) {
          const held = session.held.get(partitionKeyOf(each.topic, each.partition))!
          held.told = each.error === 0
          held.hw = each.highWatermark
        }
        const answer = { throttleTime: 0, error: 0, sessionId, partitions }
        return this.change?.(answer) ?? answer
      }
      await new Promise<void>((resolve) => {
        const go = (): void => {
          this.#waiting.delete(go)
          timer.cancel()
          resolve()
        }
        const timer = this.clock.setTimeout(go, left)
        this.#waiting.add(go)
      })
    }
  }

  #serve(node: number, session: Session, { isolation, maxBytes }: FetchRequest): FetchedPartition[] {
    const partitions: FetchedPartition[] = []
    let room = maxBytes
    for (const [key, held] of session.held) {
      const [topic, number] = key.split(' ') as [string, string]
      const place = { topic, partition: Number(number), preferredReplica: -1 }
      const refused = { ...place, highWatermark: -1, lastStable: -1, logStart: -1, aborted: null, records: null }
      const log = this.logs.get(key)
      const error = log === undefined ? 3 : log.error !== 0 ? log.error : this.#refusal(node, log, held)
      if (error !== 0 || log === undefined) {
        partitions.push({ ...refused, error })
        continue
      }
      const highWatermark = log.highWatermark ?? log.end
      const lastStable = log.lastStable ?? highWatermark
      const upTo = isolation === 'read-committed' ? lastStable : highWatermark
      const some = held.offset < upTo ? log.read(held.offset, upTo, Math.min(room, held.maxBytes)) : new Uint8Array(0)
      const records = some.length > room && room < maxBytes ? new Uint8Array(0) : some
      room = Math.max(0, room - records.length)
      if (records.length === 0 && held.told && held.hw === highWatermark) continue
      const { logStart } = log
      const aborted = isolation === 'read-committed' ? log.aborted : null
      partitions.push({ ...place, error: 0, highWatermark, lastStable, logStart, aborted, records })
    }
    return partitions
  }

  #refusal(node: number, log: FakeLog, held: { offset: number; leaderEpoch: number }): number {
    if (log.leader !== node) return 6
    if (held.leaderEpoch >= 0 && held.leaderEpoch < log.epoch) return 74
    if (held.leaderEpoch > log.epoch) return 75
    return held.offset < log.logStart || held.offset > log.end ? 1 : 0
  }

  #list({ isolation, partitions }: ListOffsetsRequest): ListOffsetsResponse {
    if (isolation !== 'read-uncommitted') throw new Error('The last stable offset is no end')
    return {
      throttleTime: 0,
      partitions: partitions.map(({ topic, partition, timestamp }) => {
        const log = this.logs.get(partitionKeyOf(topic, partition))
        const offset = (timestamp === EARLIEST ? log?.logStart : (log?.highWatermark ?? log?.end)) ?? -1
        return { topic, partition, error: log === undefined ? 3 : 0, timestamp: -1, offset, leaderEpoch: 0 }
      }),
    }
  }

  #epochs({ partitions }: OffsetForLeaderEpochRequest): OffsetForLeaderEpochResponse {
    return {
      throttleTime: 0,
      partitions: partitions.map(({ topic, partition, leaderEpoch }): EpochEnd => {
        const log = this.logs.get(partitionKeyOf(topic, partition))
        if (log === undefined) return { topic, partition, error: 3, leaderEpoch: -1, endOffset: -1 }
        if (leaderEpoch > log.epoch) return { topic, partition, error: 0, leaderEpoch: -1, endOffset: -1 }
        return { topic, partition, error: 0, leaderEpoch, endOffset: log.epochEnds.get(leaderEpoch) ?? log.end }
      }),
    }
  }

  #describe(name: string): TopicMetadata {
    const id = this.ids.get(name)
    const head = { name, internal: false }
    if (id === undefined) return { ...head, error: 3, id: '', partitions: [] }
    const logs = [...this.logs].filter(([key]) => key.startsWith(`${name} `))
    const partitions = logs.map(([, { leader, epoch }], partition) => {
      return { error: 0, partition, leader, leaderEpoch: epoch, replicas: [], inSync: [], offline: [] }
    })
    return { ...head, error: 0, id, partitions }
  }

  #leader({ topic, partition }: TopicPartition): Leader | undefined {
    const known = this.#known.get(topic)?.partitions[partition]
    return known === undefined || known.leader < 0 ? undefined : { node: known.leader, epoch: known.leaderEpoch }
  }
}

/** The request as its API has it, a plan's own members left out. */
function strip(request: unknown): unknown {
  const { partitions, ...rest } = request as { partitions?: readonly Record<string, unknown>[] }
  if (partitions === undefined) return rest
  const own = (each: Record<string, unknown>): unknown =>
    Object.fromEntries(Object.entries(each).filter(([name]) => name !== 'position' && name !== 'version'))
  return { ...rest, partitions: partitions.map(own) }
}
