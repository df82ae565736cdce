import type { Transport } from '@faust/core'
import { type Contest, described } from './contests.ts'
import { type Latency, measureLatency, RATE } from './latency.ts'
import { fill } from './orders.ts'
import { runTrial } from './run-trial.ts'
import type { Client, Outcome, Trial } from './trial.ts'

const KEYS = 100_000
const PARTITIONS = 4
/** At the full size the latency is taken over ten seconds. */
const RECORDS_PER_SECOND_TIMED = 100_000

/** Names of topics and groups begin so, and nothing else that a broker holds does. */
const PREFIX = `faust-benchmark-${Date.now().toString(36)}`

/** The broker with what contenders read, and one trial after another on it. */
export class Lab {
  readonly keys: number = KEYS
  readonly partitions: number = PARTITIONS
  readonly records: number
  readonly #transport: Transport
  readonly #brokers: readonly string[]
  readonly #say: (line: string) => void
  readonly #abort = new AbortController()
  #trials = 0

  constructor(options: {
    readonly transport: Transport
    readonly brokers: readonly string[]
    readonly records: number
    readonly say: (line: string) => void
  }) {
    this.#transport = options.transport
    this.#brokers = options.brokers
    this.records = options.records
    this.#say = options.say
  }

  /** Writes the topics that contests read. */
  async prepare(contests: ReadonlySet<Contest>): Promise<void> {
    for (const times of new Set([...contests].map(({ times }) => times))) {
      const records = this.records * times
      this.#say(`writing ${records.toLocaleString('en')} records`)
      await fill(this.#transport, inputOf(times), { records, keys: KEYS, partitions: PARTITIONS })
    }
  }

  /** Runs a contest once. Throws when its contender missed a record, or copied too few or too many. */
  async run(contest: Contest): Promise<Outcome> {
    const { client, work, commitInterval, guarantee, times } = contest
    const records = this.records * times
    const trial = { ...this.#trial(client), work, commitInterval, guarantee, records, input: inputOf(times) }
    await this.#transport.admin.declareTopics([{ name: trial.output, partitions: PARTITIONS }])
    const outcome = await runTrial(trial, this.#abort.signal)
    if (work === 'copy') await this.#checkCopies(trial)
    await this.#deleteTopics(trial.group)
    const rate = Math.round(outcome.rate).toLocaleString('en')
    this.#say(`${described(contest)}: ${rate} records/s, ${outcome.cpu.toFixed(2)} µs`)
    return outcome
  }

  /** Times the copies of one client. */
  async time(client: Client): Promise<Latency> {
    const seconds = Math.max(1, Math.round(this.records / RECORDS_PER_SECOND_TIMED))
    const trial = this.#trial(client)
    const records = 1 + RATE * (1 + seconds)
    const latency = await measureLatency(
      this.#transport,
      { ...trial, work: 'copy', records, input: `${trial.group}-input` },
      this.#abort.signal,
    )
    await this.#deleteTopics(trial.group)
    this.#say(`${client}: p50 ${latency.p50.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms`)
    return latency
  }

  /** Ends what runs and removes what was written. */
  async clear(): Promise<void> {
    this.#abort.abort()
    await this.#deleteTopics(PREFIX)
  }

  #trial(client: Client): Omit<Trial, 'work' | 'input' | 'records'> {
    const group = `${PREFIX}-trial-${++this.#trials}-`
    return {
      client,
      brokers: this.#brokers,
      group,
      output: `${group}-output`,
      keys: KEYS,
      partitions: PARTITIONS,
      commitInterval: 1000,
      guarantee: 'at-least-once',
    }
  }

  async #checkCopies({ client, output, partitions, records }: Trial): Promise<void> {
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic: output, partition }))
    const copies = (await this.#transport.admin.offsets(all)).reduce((sum, { logEnd }) => sum + logEnd, 0)
    if (copies !== records) throw new Error(`${client} made ${copies} copies of ${records} records.`)
  }

  async #deleteTopics(prefix: string): Promise<void> {
    const topics = await this.#transport.admin.describeTopics()
    const names = topics.map(({ name }) => name).filter((name) => name.startsWith(prefix))
    await this.#transport.admin.deleteTopics(names)
  }
}

function inputOf(times: number): string {
  return `${PREFIX}-input-${times}`
}
