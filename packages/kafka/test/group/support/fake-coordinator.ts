import type { Clock, TopicPartition } from '@faust/core'
import { FaustError, partitionKey } from '@faust/core'
import { checkCommit } from '../../../../core/src/transport/embedded/log/group-check.ts'
import { GroupCoordinator } from '../../../../core/src/transport/embedded/log/group-coordinator.ts'
import { NO_JOURNAL } from '../../../../core/src/transport/embedded/log/journal.ts'
import { deferred, sleep } from '../../../src/connection/wait.ts'
import type {
  Api,
  BrokerAddress,
  Connection,
  HeartbeatRequest,
  JoinGroupRequest,
  Lane,
  LeaveGroupRequest,
  MetadataRequest,
  OffsetCommitRequest,
  SendOptions,
  SyncGroupRequest,
  TopicMetadata,
} from '../../../src/index.ts'

/** A request as it arrived. */
export interface Arrived {
  readonly api: string
  readonly lane: Lane
  readonly node: number
  readonly at: number
  // oxlint-disable-next-line typescript/no-explicit-any -- each API has its own; the tests know which
  readonly request: any
}

/** What a test does instead of the broker; `pass` is what the broker would do. */
export type Script = (arrived: Arrived, pass: () => Promise<unknown>) => unknown

/** Brokers 1 and 2 of a cluster: both know all topics, one coordinates every group. Answers take a millisecond each way. */
export class FakeCoordinator implements Connection {
  readonly bootstrap: readonly BrokerAddress[] = [{ node: -1, host: 'one', port: 9092, rack: null }]
  readonly arrived: Arrived[] = []
  readonly stored = new Map<string, { offset: number; leaderEpoch: number; metadata: string | null }>()
  readonly topics = new Map<string, number>()
  readonly groups: GroupCoordinator
  readonly closedLanes: Lane[] = []
  coordinator = 1
  readonly #clock: Clock
  #scripts: { readonly api: string; readonly script: Script; times: number }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
    this.groups = new GroupCoordinator({ clock, journal: NO_JOURNAL, initialRebalanceDelay: 0 })
  }

  /** The next requests of an API are answered by the test. Answers how to stop. */
  script(api: string, script: Script, times = Number.POSITIVE_INFINITY): () => void {
    const entry = { api, script, times }
    this.#scripts.push(entry)
    return () => void (this.#scripts = this.#scripts.filter((each) => each !== entry))
  }

  of(api: string): Arrived[] {
    return this.arrived.filter((each) => each.api === api)
  }

  setBrokers(): void {}

  async send<Request, Response>(
    node: number,
    lane: Lane,
    api: Api<Request, Response>,
    request: Request,
    options: SendOptions = {},
  ): Promise<Response> {
    const { promise, resolve, reject } = deferred<Response>()
    const abort = (): void => reject(new FaustError('FAUST_ABORTED', 'ended'))
    if (options.signal?.aborted === true) abort()
    options.signal?.addEventListener('abort', abort, { once: true })
    const timer = this.#clock.setTimeout(() => reject(lostConnection()), options.timeout ?? 30_000)
    this.#serve(node, lane, api, request).then(resolve, reject)
    try {
      return await promise
    } finally {
      timer.cancel()
      options.signal?.removeEventListener('abort', abort)
    }
  }

  closeLane(lane: Lane): void {
    this.closedLanes.push(lane)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #serve<Request, Response>(
    node: number,
    lane: Lane,
    api: Api<Request, Response>,
    sent: Request,
  ): Promise<Response> {
    await sleep(this.#clock, 1)
    const request = api.decodeRequest(api.encode(sent))
    const arrived = { api: api.name, lane, node, at: this.#clock.monotonic(), request }
    this.arrived.push(arrived)
    const scripted = this.#scripts.find((each) => each.api === api.name && each.times > 0)
    const pass = async (): Promise<unknown> => this.#answer(api.name, request)
    if (scripted !== undefined) scripted.times--
    const answer = await (scripted === undefined ? pass() : scripted.script(arrived, pass))
    await sleep(this.#clock, 1)
    return api.decode(api.encodeResponse(answer as Response))
  }

  async #answer(api: string, request: unknown): Promise<unknown> {
    switch (api) {
      case 'Metadata':
        return this.#metadata(request as MetadataRequest)
      case 'FindCoordinator':
        return { throttleTime: 0, error: 0, message: null, node: this.coordinator, host: 'one', port: 9092 }
      case 'JoinGroup': {
        const join = request as JoinGroupRequest
        const known = {
          ...join,
          instanceId: join.instanceId ?? undefined,
          clientId: 'client',
          requireKnownMemberId: true,
        }
        const { members, ...answer } = await this.groups.join(known)
        const joined = members.map((member) => ({ ...member, instanceId: member.instanceId ?? null }))
        return { throttleTime: 0, ...answer, members: joined }
      }
      case 'SyncGroup': {
        const sync = request as SyncGroupRequest
        const assignments = new Map(sync.assignments.map(({ memberId, assignment }) => [memberId, assignment]))
        const answer = await this.groups.sync({ ...sync, instanceId: sync.instanceId ?? undefined, assignments })
        return { throttleTime: 0, ...answer }
      }
      case 'Heartbeat': {
        const beat = request as HeartbeatRequest
        return { throttleTime: 0, error: this.groups.heartbeat({ ...beat, instanceId: beat.instanceId ?? undefined }) }
      }
      case 'LeaveGroup': {
        const { group, members } = request as LeaveGroupRequest
        const leaving = members.map(({ memberId, instanceId }) => ({ memberId, instanceId: instanceId ?? undefined }))
        const errors = this.groups.leave({ group, members: leaving })
        return { throttleTime: 0, error: 0, members: members.map((each, at) => ({ ...each, error: errors[at] })) }
      }
      case 'OffsetCommit':
        return this.#commit(request as OffsetCommitRequest)
      default:
        throw new Error(`Nobody answers ${api} here`)
    }
  }

  #commit(request: OffsetCommitRequest): unknown {
    const { group, offsets } = request
    const asked = { ...request, instanceId: request.instanceId ?? undefined }
    const error = checkCommit(this.groups.get(group), asked, false)
    for (const { topic, partition, offset, leaderEpoch, metadata } of offsets) {
      if (error === 0) this.stored.set(partitionKey(topic, partition), { offset, leaderEpoch, metadata })
    }
    return { throttleTime: 0, partitions: refused(offsets, error) }
  }

  #metadata({ topics }: MetadataRequest): unknown {
    const brokers = [1, 2].map((node) => ({ node, host: 'one', port: 9091 + node, rack: null }))
    const names = topics ?? [...this.topics.keys()]
    const described = names.map((name) => this.#topic(name))
    return { throttleTime: 0, brokers, clusterId: 'c', controller: 1, topics: described }
  }

  #topic(name: string): TopicMetadata {
    const count = this.topics.get(name)
    const partitions = Array.from({ length: count ?? 0 }, (_, partition) => {
      return { error: 0, partition, leader: 1, leaderEpoch: 0, replicas: [1], inSync: [1], offline: [] }
    })
    const id = count === undefined ? '' : '00000000-0000-4000-8000-000000000001'
    return { error: count === undefined ? 3 : 0, name, id, internal: false, partitions }
  }
}

export function refused(offsets: readonly TopicPartition[], error: number): unknown[] {
  return offsets.map(({ topic, partition }) => ({ topic, partition, error }))
}

export function lostConnection(): FaustError {
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'lost', { retriable: true, details: { sent: true } })
}

/** An answer that never comes. */
export function never(): Promise<never> {
  return deferred<never>().promise
}
