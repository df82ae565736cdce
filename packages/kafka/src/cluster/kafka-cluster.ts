import { messageOf } from '@faust/core'
import type { Clock, FaustError, Logger, TopicPartition } from '@faust/core'
import type { Connection } from '../connection/connection.ts'
import { connectionClosed } from '../connection/faults.ts'
import { whenAborted } from '../connection/wait.ts'
import type { Api } from '../requests/api.ts'
import { brokerFault } from '../requests/broker-fault.ts'
import type { CoordinatorKind } from '../requests/find-coordinator.ts'
import { metadataApi } from '../requests/metadata.ts'
import type { TopicMetadata } from '../requests/metadata.ts'
import { AnyBroker } from './any-broker.ts'
import type { AskOneOptions, AskOptions, Cluster, Leader, Led, PartitionResult, WaitOptions } from './cluster.ts'
import { Coordinators } from './coordinators.ts'
import { Deadline } from './deadline.ts'
import { LeaderSearch } from './leaders.ts'
import type { SearchParts } from './leaders.ts'
import { MetadataCache } from './metadata-cache.ts'
import { MetadataUpdater } from './metadata-updater.ts'
import { passingOf } from './passing-errors.ts'
import type { Passing } from './passing-errors.ts'
import { retry, TryAgain } from './retry.ts'
import { askLeaders } from './to-leaders.ts'
import { TopicsInUse } from './topics-in-use.ts'
import { Failed, tryOnce } from './try-request.ts'

const OF_LEADER: readonly Passing[] = ['leader', 'now', 'quick']
const OF_CONTROLLER: readonly Passing[] = ['controller', 'now', 'quick']
const OF_COORDINATOR: readonly Passing[] = ['coordinator', 'now', 'quick']

/** `Cluster` over any connection. It does nothing before `start`. */
export class KafkaCluster implements Cluster {
  readonly clock: Clock
  readonly logger: Logger
  readonly connection: Connection
  readonly #cache = new MetadataCache()
  readonly #topics: TopicsInUse
  readonly #brokers: AnyBroker
  readonly #updater: MetadataUpdater
  readonly #parts: SearchParts
  readonly #coordinators: Coordinators
  readonly #closed = new AbortController()

  constructor({ connection, clock, logger }: { connection: Connection; clock: Clock; logger: Logger }) {
    this.clock = clock
    this.logger = logger
    this.connection = connection
    this.#topics = new TopicsInUse(clock)
    const cache = this.#cache
    const topics = this.#topics
    this.#brokers = new AnyBroker(connection, clock, () => cache.brokers)
    this.#updater = new MetadataUpdater({ clock, logger, connection, cache, topics, brokers: this.#brokers })
    this.#parts = { clock, cache, topics, updater: this.#updater }
    this.#coordinators = new Coordinators(clock, this.#brokers, (broker) => {
      cache.addBroker(broker)
      connection.setBrokers(cache.brokers)
    })
  }

  async start(options: WaitOptions): Promise<void> {
    await this.describe([], { onRetry: onceTold(this.logger, options.within), ...options })
    this.#updater.start()
  }

  close(): Promise<void> {
    this.#closed.abort()
    this.#updater.close()
    return this.connection.close()
  }

  track(topics: readonly string[]): () => void {
    const untrack = this.#topics.track(topics)
    const unknown = topics.filter((topic) => this.#cache.topic(topic) === undefined)
    if (unknown.length > 0) void this.#updater.refresh(unknown)
    return untrack
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#cache.topic(name)
  }

  leader(partition: TopicPartition): Leader | undefined {
    return this.#cache.leader(partition)
  }

  stale(topic: string, why: string): void {
    this.logger.debug({ topic, why }, 'Kafka is asked for metadata anew')
    void this.#updater.refresh([topic])
  }

  refresh(topics: readonly string[]): Promise<void> {
    return this.#updater.refresh(topics)
  }

  onChange(listener: (topics: readonly TopicMetadata[]) => void): () => void {
    return this.#updater.onChange(listener)
  }

  describe(names: readonly string[] | null, options: WaitOptions): Promise<ReadonlyMap<string, TopicMetadata>> {
    const request = { topics: names === null ? null : [...new Set(names)], autoCreate: false }
    return this.#within('Asking Kafka for metadata', options, async (deadline) => {
      const round = await this.#brokers.ask(metadataApi, request, deadline)
      if (round instanceof TryAgain) return round
      this.#updater.apply(round.answer)
      return new Map(round.answer.topics.map((topic) => [topic.name, topic]))
    })
  }

  coordinator(kind: CoordinatorKind, key: string, options: WaitOptions): Promise<number> {
    const what = `Looking for the coordinator of ${kind} "${key}"`
    return this.#within(what, options, (deadline) => this.#coordinators.find(kind, key, deadline))
  }

  forgetCoordinator(kind: CoordinatorKind, key: string, node: number): void {
    this.#coordinators.forget(kind, key, node)
  }

  sendToLeader<Request, Response>(
    partition: TopicPartition,
    api: Api<Request, Response>,
    request: (leader: Leader) => Request,
    options: AskOneOptions<Response>,
  ): Promise<Response> {
    const search = new LeaderSearch(this.#parts)
    return this.#within(options.what, options, async (deadline) => {
      const found = await search.find([partition], deadline)
      if (found instanceof TryAgain) return found
      const leader = found[0] as Leader
      const outcome = await tryOnce(this.connection, leader.node, api, request(leader), options, deadline, OF_LEADER)
      if (!(outcome instanceof Failed)) return outcome
      const { why, again } = outcome
      const elsewhere = (why === 'leader' || why === 'lost') && (await search.renew([{ partition, leader }], deadline))
      return elsewhere ? new TryAgain(again.error, null) : again
    })
  }

  sendToLeaders<Item extends TopicPartition, Request, Result extends PartitionResult>(
    items: readonly Item[],
    api: Api<Request, { readonly partitions: readonly Result[] }>,
    request: (items: readonly Led<Item>[]) => Request,
    options: AskOptions,
  ): Promise<readonly Result[]> {
    const round = askLeaders(this.connection, new LeaderSearch(this.#parts), { items, api, request, options })
    return this.#within(options.what, options, round)
  }

  sendToCoordinator<Request, Response>(
    kind: CoordinatorKind,
    key: string,
    api: Api<Request, Response>,
    request: Request,
    options: AskOneOptions<Response>,
  ): Promise<Response> {
    return this.#within(options.what, options, async (deadline) => {
      const node = await this.#coordinators.find(kind, key, deadline)
      const outcome = await tryOnce(this.connection, node, api, request, options, deadline, OF_COORDINATOR)
      if (!(outcome instanceof Failed)) return outcome
      const { why, again } = outcome
      if (why === 'coordinator' || why === 'lost') this.#coordinators.forget(kind, key, node)
      return again
    })
  }

  sendToController<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: AskOneOptions<Response>,
  ): Promise<Response> {
    return this.#within(options.what, options, async (deadline) => {
      const outcome = await tryOnce(
        this.connection,
        this.#cache.controller,
        api,
        request,
        options,
        deadline,
        OF_CONTROLLER,
      )
      if (!(outcome instanceof Failed)) return outcome
      const { why, again } = outcome
      if (why === 'controller' || why === 'lost') await deadline.wait(this.#updater.refresh([]))
      return again
    })
  }

  sendToAny<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: AskOneOptions<Response>,
  ): Promise<Response> {
    return this.#within(options.what, options, async (deadline) => {
      const round = await this.#brokers.ask(api, request, deadline)
      if (round instanceof TryAgain) return round
      const error = options.errorOf(round.answer)
      const passing = error === 0 ? undefined : passingOf(error, options.quick)
      if (passing !== 'now' && passing !== 'quick') return round.answer
      return new Failed(passing, brokerFault(error, { subject: options.what })).again
    })
  }

  /** Tries until the deadline, the caller's signal or the end of all this. */
  async #within<T>(
    what: string,
    { within, signal, onRetry }: WaitOptions,
    attempt: (deadline: Deadline) => Promise<T | TryAgain>,
  ): Promise<T> {
    if (this.#closed.signal.aborted) throw connectionClosed()
    const controller = new AbortController()
    const stops = [signal, this.#closed.signal].map((each) => {
      return whenAborted(each, () => controller.abort(signal?.reason))
    })
    const deadline = new Deadline(this.clock, within, controller.signal)
    try {
      return await retry(this.clock, what, deadline, () => attempt(deadline), onRetry)
    } catch (error) {
      throw this.#closed.signal.aborted ? connectionClosed() : error
    } finally {
      for (const stop of stops) stop()
    }
  }
}

/** Says at the first failure what the start waits for; the last one is its error. */
function onceTold(logger: Logger, within: number): (why: FaustError) => void {
  let told = false
  return (why) => {
    if (!told) logger.warn(`No answer yet, which is waited for up to ${within / 1000} s: ${messageOf(why)}`)
    told = true
  }
}
