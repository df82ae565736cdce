/** Who does the work. */
export type Client = 'kafkajs' | 'platformatic' | 'kafka-streams' | 'faust'

/** What is to be done with every record of a topic. */
export type Work =
  | 'consume'
  | 'copy'
  /** How many there are of each key. */
  | 'count'
  /** How many there are of each key in every ten seconds. */
  | 'window'
  /** How many there are of each product, which is not their key. */
  | 'regroup'

/** One run of one contender, told to its process. */
export interface Trial {
  readonly client: Client
  readonly work: Work
  readonly brokers: readonly string[]
  /** Names the consumer group; ours is the app's id as well. */
  readonly group: string
  readonly input: string
  /** Where a copy goes. */
  readonly output: string
  readonly records: number
  readonly keys: number
  readonly partitions: number
  /** Ms between commits. */
  readonly commitInterval: number
  /** The second only where the client is a stream processor. */
  readonly guarantee: 'at-least-once' | 'exactly-once'
}

/** What a contender's process took, from its first record until the last was done with. */
export interface Outcome {
  /** Records a second. */
  readonly rate: number
  /** Microseconds of CPU, of all threads, a record. */
  readonly cpu: number
  /** The most that the process held in memory at any moment of its life, in MiB; 0 where the system does not tell. */
  readonly memory: number
}
