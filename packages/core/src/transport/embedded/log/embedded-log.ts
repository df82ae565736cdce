import { systemClock } from '../../../service/clock.ts'
import { consoleLogger } from '../../../service/console-logger.ts'
import { FaustError } from '../../../service/errors.ts'
import type { TopicDeclaration, TopicDescription } from '../../admin.ts'
import type { TopicPartition, TopicPartitionOffset } from '../../record.ts'
import type { Broker } from './broker.ts'
import type {
  CommitAnswer,
  CommitOffsetsRequest,
  FetchOffsetsAnswer,
  GroupDescription,
  JoinGroupAnswer,
  JoinGroupRequest,
  LeaveGroupRequest,
  MemberRequest,
  SyncGroupAnswer,
  SyncGroupRequest,
} from './broker-groups.ts'
import type {
  DeleteRecordsAnswer,
  FetchAnswer,
  FetchRequest,
  ListOffsetsAnswer,
  ProduceAnswer,
  ProduceRequest,
} from './broker-records.ts'
import type { TopicAnswer } from './broker-topics.ts'
import type {
  InitProducerIdAnswer,
  InitProducerIdRequest,
  TransactionDescription,
  TransactionRequest,
} from './broker-transactions.ts'
import { LogDirectory } from '../files/log-directory.ts'
import { Cleaner } from './cleaner.ts'
import { FetchService } from './fetch-service.ts'
import { checkCommit } from './group-check.ts'
import { GroupCoordinator } from './group-coordinator.ts'
import { NO_JOURNAL } from './journal.ts'
import type { JournalEntry } from './journal.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'
import type { EmbeddedLogOptions } from './log-options.ts'
import { MarkerWriter } from './marker-writer.ts'
import { answerAll, OffsetStore } from './offset-store.ts'
import { offsetForTime, readSpans } from './read-spans.ts'
import type { ReadSpansRequest, SpansAnswer } from './read-spans.ts'
import { RecordService } from './record-service.ts'
import { restoreLog } from './restore-log.ts'
import { clockScheduler } from './scheduler.ts'
import { TopicRegistry } from './topic-registry.ts'
import { TransactionCoordinator } from './transaction-coordinator.ts'

/**
 * A log with Kafka's semantics in this process: the broker's side. Several transports may share one, each being a
 * worker of its own. Answers are values where Kafka's would come at once and promises where Kafka's would wait.
 * Time comes from its clock alone, and a log that nobody uses has no timer.
 */
export class EmbeddedLog implements Broker {
  readonly #topics: TopicRegistry
  readonly #records: RecordService
  readonly #fetches: FetchService
  readonly #groups: GroupCoordinator
  readonly #offsets: OffsetStore
  readonly #transactions: TransactionCoordinator
  readonly #markers: MarkerWriter
  readonly #directory: LogDirectory | null
  readonly #cleaner: Cleaner
  #closed = false

  constructor(options: EmbeddedLogOptions) {
    const { clock = systemClock(), partitions = 4 } = options
    const { initialRebalanceDelay = 10, transactionCheckInterval = 10_000, cleanInterval = 15_000 } = options
    const { scheduler = clockScheduler(clock, transactionCheckInterval) } = options
    const { directory, logger = consoleLogger({ clock }) } = options
    const past: JournalEntry[] = []
    this.#directory = directory === undefined ? null : new LogDirectory(directory, logger, (entry) => past.push(entry))
    const journal = this.#directory?.journal ?? NO_JOURNAL
    const topics = new TopicRegistry({ clock, partitions, journal })
    const offsets = new OffsetStore(journal, topics)
    this.#topics = topics
    const onFailure = (error: unknown) => logger.warn({ error }, 'A file of the log could not be written anew')
    this.#cleaner = new Cleaner({ clock, topics, interval: cleanInterval, onFailure })
    this.#offsets = offsets
    this.#markers = new MarkerWriter({ clock, scheduler, topics, offsets })
    this.#transactions = new TransactionCoordinator({ clock, journal, scheduler, topics, markers: this.#markers })
    this.#groups = new GroupCoordinator({ clock, journal, initialRebalanceDelay })
    this.#fetches = new FetchService({ clock, topics })
    this.#records = new RecordService({
      clock,
      topics,
      verify: ({ transactionalId = '' }, batch) => this.#transactions.verify({ ...batch, transactionalId }, batch),
      onAppended: () => this.#cleaner.touch(),
    })
    if (this.#directory !== null) {
      const parts = { topics, offsets, groups: this.#groups, transactions: this.#transactions }
      restoreLog(this.#directory, past, parts)
    }
  }

  /** Whether records and offsets outlive the process. */
  get durable(): boolean {
    return this.#directory !== null
  }

  createTopics(topics: readonly TopicDeclaration[]): readonly TopicAnswer[] {
    this.#check()
    return topics.map((topic) => this.#topics.create(topic))
  }

  createPartitions(topic: string, partitions: number): TopicAnswer {
    this.#check()
    return this.#topics.createPartitions(topic, partitions)
  }

  deleteTopics(names: readonly string[]): readonly TopicAnswer[] {
    this.#check()
    return names.map((name) => {
      const answer = this.#topics.delete(name)
      if (answer.error === KafkaError.NONE) this.#offsets.forgetTopic(name)
      return answer
    })
  }

  describeTopics(names?: readonly string[]): readonly TopicDescription[] {
    this.#check()
    return this.#topics.describe(names)
  }

  watchTopics(listener: () => void): () => void {
    return this.#topics.watch(listener)
  }

  produce(request: ProduceRequest): readonly ProduceAnswer[] {
    this.#check()
    return this.#records.produce(request)
  }

  fetch(request: FetchRequest): readonly FetchAnswer[] | Promise<readonly FetchAnswer[]> {
    this.#check()
    return this.#fetches.fetch(request)
  }

  /** What a partition has stored, markers and aborted records included: for whoever builds Kafka's batches from it. */
  readSpans(request: ReadSpansRequest): SpansAnswer {
    this.#check()
    return readSpans(this.#topics, request)
  }

  /** The first record that is not older than `timestamp`, in epoch ms; offset -1 where there is none. */
  offsetForTime(place: TopicPartition, timestamp: number): ReturnType<typeof offsetForTime> {
    this.#check()
    return offsetForTime(this.#topics, place, timestamp)
  }

  listOffsets(partitions: readonly TopicPartition[]): readonly ListOffsetsAnswer[] {
    this.#check()
    return this.#records.listOffsets(partitions)
  }

  deleteRecords(before: readonly TopicPartitionOffset[]): readonly DeleteRecordsAnswer[] {
    this.#check()
    return this.#records.deleteRecords(before)
  }

  joinGroup(request: JoinGroupRequest): Promise<JoinGroupAnswer> {
    this.#check()
    return this.#groups.join(request)
  }

  syncGroup(request: SyncGroupRequest): SyncGroupAnswer | Promise<SyncGroupAnswer> {
    this.#check()
    return this.#groups.sync(request)
  }

  heartbeat(request: MemberRequest): KafkaErrorCode {
    this.#check()
    return this.#groups.heartbeat(request)
  }

  leaveGroup(request: LeaveGroupRequest): readonly KafkaErrorCode[] {
    this.#check()
    return this.#groups.leave(request)
  }

  commitOffsets(request: CommitOffsetsRequest): readonly CommitAnswer[] {
    this.#check()
    const { group, offsets } = request
    const error = checkCommit(this.#groups.get(group), request, false)
    return error === KafkaError.NONE ? this.#offsets.commit(group, offsets) : answerAll(offsets, error)
  }

  fetchOffsets(
    group: string,
    partitions: readonly TopicPartition[],
    options: { readonly requireStable: boolean },
  ): readonly FetchOffsetsAnswer[] {
    this.#check()
    return this.#offsets.fetch(group, partitions, options.requireStable)
  }

  describeGroups(groups?: readonly string[]): readonly GroupDescription[] {
    this.#check()
    return this.#groups.describe(groups)
  }

  initProducerId(request: InitProducerIdRequest): InitProducerIdAnswer {
    this.#check()
    return this.#transactions.init(request)
  }

  addPartitionsToTxn(request: TransactionRequest & { readonly partitions: readonly TopicPartition[] }): KafkaErrorCode {
    this.#check()
    return this.#transactions.addPartitions(request)
  }

  addOffsetsToTxn(request: TransactionRequest & { readonly group: string }): KafkaErrorCode {
    this.#check()
    return this.#transactions.addOffsets(request)
  }

  txnOffsetCommit(request: TransactionRequest & CommitOffsetsRequest): readonly CommitAnswer[] {
    this.#check()
    const { group, offsets, producerId } = request
    const error = checkCommit(this.#groups.get(group), request, true)
    if (error !== KafkaError.NONE) return answerAll(offsets, error)
    // As with records, only the first of a transaction are verified with the coordinator.
    const first = !this.#offsets.hasPending(group, producerId)
    const verdict = first ? this.#transactions.verify(request, { group }) : KafkaError.NONE
    if (verdict !== KafkaError.NONE) return answerAll(offsets, verdict)
    return this.#offsets.commitPending(group, request, offsets)
  }

  endTxn(request: TransactionRequest & { readonly commit: boolean }): KafkaErrorCode {
    this.#check()
    return this.#transactions.end(request)
  }

  describeTransactions(transactionalIds?: readonly string[]): readonly TransactionDescription[] {
    this.#check()
    return this.#transactions.describe(transactionalIds)
  }

  /**
   * Compacts a topic now: all of it up to the last stable offset, where the cleaning that happens by itself leaves the
   * newest chunk alone. A topic that is not compacted is compacted all the same; one that does not exist is ignored.
   */
  compact(topic: string): void {
    this.#check()
    this.#cleaner.compact(topic)
  }

  /** Lets go of what retention no longer keeps, in one topic or in all. */
  expire(topic?: string): void {
    this.#check()
    this.#cleaner.expire(topic)
  }

  /** Ends every timer and every wait. Idempotent; what is asked afterwards throws `FAUST_CLOSED`. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      this.#cleaner.close()
      this.#groups.close()
      this.#transactions.close()
      this.#markers.close()
      this.#fetches.close()
      this.#directory?.close()
    }
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #check(): void {
    if (!this.#closed) return
    throw new FaustError('FAUST_CLOSED', 'The embedded log is closed: make a new one, or close it after its transports')
  }
}

/** Makes an embedded log. It is usable at once; whoever makes it closes it, after the transports that use it. */
export function createEmbeddedLog(options: EmbeddedLogOptions = {}): EmbeddedLog {
  return new EmbeddedLog(options)
}
