import type { Clock, Logger, TopicPartition } from '@faust/core'
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

export interface AskOptions<Response> {
  /** For messages, e.g. `Committing offsets of group "a"`. */
  readonly what: string
  /** Ms for all tries together, connecting and waiting included. */
  readonly within: number
  /** The error of the answer, 0 for none. Errors that pass by themselves are tried again, the others are the caller's. */
  readonly errorOf: (answer: Response) => number
  /** Errors that are tried again beside those of the error table, and without asking for the broker anew. */
  readonly retryOn?: readonly number[] | undefined
  /** Default `control`. */
  readonly lane?: Lane | undefined
  /** Ms for one try. Default: the client's own. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * A Kafka cluster as its clients know it: which brokers there are, who leads a partition, who coordinates a group or a
 * transactional id. Everything on the injected clock and over any `Connection`.
 */
export interface Cluster {
  readonly clock: Clock
  readonly logger: Logger
  readonly connection: Connection

  /** Reaches the first broker. Rejects when none answers in time; the message has each address and its reason. */
  start(): Promise<void>
  close(): Promise<void>

  /** Keeps the metadata of topics fresh until the answered function is called. Several callers may track one topic. */
  track(topics: readonly string[]): () => void
  /** What is known now, without asking. */
  topic(name: string): TopicMetadata | undefined
  /** The leader known now, without asking. */
  leader(partition: TopicPartition): Leader | undefined
  /** Asks for topics now, in one request with others that ask at the same time. Missing ones are in the answer with error 3. */
  describe(
    topics: readonly string[],
    options: { readonly within: number; readonly signal?: AbortSignal | undefined },
  ): Promise<ReadonlyMap<string, TopicMetadata>>
  /** Says that a leader is not what was thought (errors 3, 5, 6, 74, 75, a lost connection): metadata is asked for again, with back-off. */
  stale(topic: string, why: string): void
  /** Called after every change: topics made, deleted or recreated (another id), leaders, partition counts. Answers how to stop. */
  onChange(listener: (topics: readonly TopicMetadata[]) => void): () => void

  /** The broker that coordinates `key`; cached. */
  coordinator(
    kind: CoordinatorKind,
    key: string,
    options: { readonly within: number; readonly signal?: AbortSignal | undefined },
  ): Promise<number>
  /** Forgets a coordinator, unless another one than `node` is known by now (errors 14, 15, 16, a lost connection). */
  forgetCoordinator(kind: CoordinatorKind, key: string, node: number): void

  /** Sends to a partition's leader, following it, until the deadline. The request may depend on the leader (its epoch). */
  sendToLeader<Request, Response>(
    partition: TopicPartition,
    api: Api<Request, Response>,
    request: (leader: Leader) => Request,
    options: AskOptions<Response>,
  ): Promise<Response>

  /** Sends to a coordinator, following it, until the deadline. */
  sendToCoordinator<Request, Response>(
    kind: CoordinatorKind,
    key: string,
    api: Api<Request, Response>,
    request: Request,
    options: AskOptions<Response>,
  ): Promise<Response>

  /** Sends to any broker that answers, until the deadline. */
  sendToAny<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    options: AskOptions<Response>,
  ): Promise<Response>
}
