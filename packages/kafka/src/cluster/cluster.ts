import type { Clock, FaustError, Logger, TopicPartition } from '@faust/core'
import type { Connection, Lane } from '../connection/connection.ts'
import type { Api } from '../requests/api.ts'
import type { CoordinatorKind } from '../requests/find-coordinator.ts'
import type { TopicMetadata } from '../requests/metadata.ts'

/** Who leads a partition, and since when: the epoch rises with every change. */
export interface Leader {
  readonly node: number
  /** -1 where the broker did not say. */
  readonly epoch: number
}

/** How long something may take. */
export interface WaitOptions {
  /** Ms for all tries together, connecting and waiting included. */
  readonly within: number
  /** Ends it with `FAUST_ABORTED`. */
  readonly signal?: AbortSignal | undefined
  /** Told why a try failed before the next one is waited for. */
  readonly onRetry?: ((why: FaustError) => void) | undefined
}

/** How a request is made, and made again. */
export interface AskOptions extends WaitOptions {
  /** For messages: what is done, e.g. `Committing offsets of group "a"`. */
  readonly what: string
  /** Default `control`. */
  readonly lane?: Lane | undefined
  /** Ms that the broker may take for one try. Default: the client's own (30,000). */
  readonly timeout?: number | undefined
  /** Errors that pass within milliseconds (51, 88): the same broker is asked again after 1, 2, 4 … 20 ms. Default none. */
  readonly quick?: readonly number[] | undefined
}

/** The answer of an API that has one error, and where that is. */
export interface AskOneOptions<Response> extends AskOptions {
  /** 0 for none. Errors of the way to the right broker are tried again; every other answer is given as it is. */
  readonly errorOf: (answer: Response) => number
}

/** A partition with the epoch of the leader that is asked, for requests that carry it. */
export type Led<Item extends TopicPartition> = Item & { readonly leaderEpoch: number }

/** What an API that is asked about several partitions tells about one. */
export interface PartitionResult extends TopicPartition {
  readonly error: number
}

/**
 * A Kafka cluster as its clients know it: which brokers there are, who leads a partition, who coordinates a group or a
 * transactional id. On the injected clock and over any `Connection`, so it runs in the simulator as it is.
 *
 * Everything that sends follows leaders and coordinators and sends again after a lost connection, until its deadline
 * (`FAUST_TRANSPORT_UNAVAILABLE`, with `details.sent`) or the signal. What must not be sent twice goes by `connection.send`.
 */
export interface Cluster {
  readonly clock: Clock
  readonly logger: Logger
  readonly connection: Connection

  /** Reaches the first broker. Rejects when none answers in time; the message has the reason of each address. */
  start(options: WaitOptions): Promise<void>
  /** Ends what is under way with `FAUST_CLOSED` or `FAUST_ABORTED`, and closes the connection. Idempotent. */
  close(): Promise<void>

  /** Keeps the metadata of topics fresh until the answered function is called. Several may track one topic. */
  track(topics: readonly string[]): () => void
  /** What is known now, without asking. Error 3: it does not exist. */
  topic(name: string): TopicMetadata | undefined
  /** The leader known now, without asking; `undefined` also while there is none. */
  leader(partition: TopicPartition): Leader | undefined
  /**
   * Says that a leader is not what was thought (errors 3, 5, 6, 74, 75, a lost connection): metadata is asked for anew, with
   * back-off while that changes nothing. `why` is for the log.
   */
  stale(topic: string, why: string): void
  /** The same for several. Resolves, and never rejects, when a refresh that began after the call has ended. */
  refresh(topics: readonly string[]): Promise<void>
  /**
   * Called with topics that were made, deleted or recreated (their id is another one), or of which leaders or the number
   * of partitions changed. Deletion and recreation are believed when two answers say so. Answers how to stop.
   */
  onChange(listener: (topics: readonly TopicMetadata[]) => void): () => void
  /** What one broker says now of `names`, or of all topics for `null`. Missing ones have error 3. */
  describe(names: readonly string[] | null, options: WaitOptions): Promise<ReadonlyMap<string, TopicMetadata>>

  /** The broker that coordinates `key`, from memory or asked for. */
  coordinator(kind: CoordinatorKind, key: string, options: WaitOptions): Promise<number>
  /** Forgets it, unless another one than `node` is known by now: after errors 15 and 16 and the loss of its connection. */
  forgetCoordinator(kind: CoordinatorKind, key: string, node: number): void

  /** To the leader of a partition. Rejects with `FAUST_TOPIC_MISSING` or `FAUST_PARTITION_UNKNOWN` where there is none to be. */
  sendToLeader<Request, Response>(
    partition: TopicPartition,
    api: Api<Request, Response>,
    request: (leader: Leader) => Request,
    options: AskOneOptions<Response>,
  ): Promise<Response>

  /** To the leaders of many partitions, each being asked about its own. Answers in the order of `items`. Rejects as `sendToLeader`. */
  sendToLeaders<Item extends TopicPartition, Request, Result extends PartitionResult>(
    items: readonly Item[],
    api: Api<Request, { readonly partitions: readonly Result[] }>,
    request: (items: readonly Led<Item>[]) => Request,
    options: AskOptions,
  ): Promise<readonly Result[]>

  /** To the coordinator of `key`. */
  sendToCoordinator<Request, Response>(
    kind: CoordinatorKind,
    key: string,
    api: Api<Request, Response>,
    request: Request,
    options: AskOneOptions<Response>,
  ): Promise<Response>

  /** To the controller, which alone changes topics (with KRaft any broker passes it on). */
  sendToController<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: AskOneOptions<Response>,
  ): Promise<Response>

  /** To any broker, on the lane `control`. */
  sendToAny<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: AskOneOptions<Response>,
  ): Promise<Response>
}
