import type { Clock } from '../../../service/clock.ts'
import type { TopicDeclaration, TopicDescription } from '../../admin.ts'
import type { TopicPartition } from '../../record.ts'
import type { TopicAnswer } from './broker-topics.ts'
import type { Journal } from './journal.ts'
import { KafkaError } from './kafka-error.ts'
import { PartitionLog } from './partition-log.ts'
import type { PartitionStorage } from './partition-storage.ts'
import { readTopicConfig } from './topic-config.ts'
import type { Topic } from './topic.ts'
import { counted } from '../../../service/counted.ts'

/** Kafka's rule for topic names. */
const LEGAL_NAME = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/

/** A bound against slips: nobody needs more on a log in one process. */
const MOST_PARTITIONS = 10_000

/** What the registry is made from. */
export interface TopicRegistryOptions {
  readonly clock: Clock
  readonly partitions: number
  readonly journal: Journal
}

/** Opens where a partition keeps its records, and reads into it what is there already. */
export type OpenStorage = (topic: Topic, log: PartitionLog) => PartitionStorage

/** Which topics there are. */
export class TopicRegistry {
  readonly #options: TopicRegistryOptions
  readonly #topics = new Map<string, Topic>()
  readonly #watchers = new Set<() => void>()
  /** Null for a log in memory. */
  #openStorage: OpenStorage | null = null

  constructor(options: TopicRegistryOptions) {
    this.#options = options
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  /** The partition's log, or undefined where topic or partition don't exist. */
  log(place: TopicPartition): PartitionLog | undefined {
    return this.#topics.get(place.topic)?.partitions[place.partition]
  }

  all(): Iterable<Topic> {
    return this.#topics.values()
  }

  create(declaration: TopicDeclaration): TopicAnswer {
    const { name, partitions = this.#options.partitions, config = {} } = declaration
    const refuse = (error: TopicAnswer['error'], message: string): TopicAnswer => ({ name, error, message })
    if (!LEGAL_NAME.test(name)) {
      return refuse(KafkaError.INVALID_TOPIC_EXCEPTION, 'a topic name has 1 to 249 of a-z, A-Z, 0-9, ".", "_" and "-"')
    }
    if (this.#topics.has(name)) return refuse(KafkaError.TOPIC_ALREADY_EXISTS, 'there is such a topic')
    if (!isPartitionCount(partitions)) {
      return refuse(KafkaError.INVALID_PARTITIONS, `partitions must be 1 to ${MOST_PARTITIONS} and are ${partitions}`)
    }
    const read = readTopicConfig(config)
    if (typeof read === 'string') return refuse(KafkaError.INVALID_CONFIG, read)
    const id = this.#options.clock.uuid()
    this.#options.journal.append({ type: 'topic', name, id, partitions, config })
    try {
      this.restore({ name, id, partitions, config })
    } catch (error) {
      // Its files cannot be made: it is as if it had never been.
      this.#topics.delete(name)
      this.#options.journal.append({ type: 'topic-deleted', id })
      throw error
    }
    this.#changed()
    return { name, error: KafkaError.NONE }
  }

  /** Takes in a topic that the journal has already. */
  restore(topic: { name: string; id: string; partitions: number; config: Readonly<Record<string, string>> }): void {
    const config = readTopicConfig(topic.config)
    if (typeof config === 'string') throw new TypeError(config)
    const made: Topic = { name: topic.name, id: topic.id, config, given: topic.config, partitions: [] }
    this.#topics.set(topic.name, made)
    this.#grow(made, topic.partitions)
  }

  /** Opens the storage of everything that was restored; from now on new partitions get theirs at once. */
  openStorage(open: OpenStorage): void {
    for (const topic of this.#topics.values()) for (const log of topic.partitions) log.storage = open(topic, log)
    this.#openStorage = open
  }

  createPartitions(name: string, partitions: number): TopicAnswer {
    const topic = this.#topics.get(name)
    if (topic === undefined) return { name, error: KafkaError.UNKNOWN_TOPIC_OR_PARTITION }
    if (!isPartitionCount(partitions) || partitions <= topic.partitions.length) {
      const message = `has ${counted(topic.partitions.length, 'partition')}, which can only be raised, and not to ${partitions}`
      return { name, error: KafkaError.INVALID_PARTITIONS, message }
    }
    this.#options.journal.append({ type: 'partitions', id: topic.id, partitions })
    this.#grow(topic, partitions)
    this.#changed()
    return { name, error: KafkaError.NONE }
  }

  /** Takes in partitions that the journal has already. */
  restorePartitions(id: string, partitions: number): void {
    for (const topic of this.#topics.values()) if (topic.id === id) this.#grow(topic, partitions)
  }

  delete(name: string): TopicAnswer {
    const topic = this.#topics.get(name)
    if (topic === undefined) return { name, error: KafkaError.UNKNOWN_TOPIC_OR_PARTITION }
    this.#options.journal.append({ type: 'topic-deleted', id: topic.id })
    this.#topics.delete(name)
    for (const log of topic.partitions) {
      log.storage?.destroy()
      log.changed()
    }
    this.#changed()
    return { name, error: KafkaError.NONE }
  }

  /** Takes in a deletion that the journal has already. Answers the topic's name. */
  restoreDeleted(id: string): string | undefined {
    const topic = [...this.#topics.values()].find((each) => each.id === id)
    if (topic !== undefined) this.#topics.delete(topic.name)
    return topic?.name
  }

  describe(names?: readonly string[]): TopicDescription[] {
    const topics = names === undefined ? [...this.#topics.values()] : names.map((name) => this.#topics.get(name))
    return topics
      .filter((topic) => topic !== undefined)
      .map(({ name, id, partitions, config }) => ({ name, id, partitions: partitions.length, config: config.all }))
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  #grow(topic: Topic, partitions: number): void {
    for (let partition = topic.partitions.length; partition < partitions; partition++) {
      const log = new PartitionLog(topic.name, partition)
      log.storage = this.#openStorage?.(topic, log) ?? null
      topic.partitions.push(log)
    }
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher()
  }
}

function isPartitionCount(partitions: number): boolean {
  return Number.isInteger(partitions) && partitions >= 1 && partitions <= MOST_PARTITIONS
}
