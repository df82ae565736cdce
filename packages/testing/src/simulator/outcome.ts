import { embeddedTransport, type EmbeddedTransport, type IncomingRecord, type Stream, type Table } from '@faust/core'
import type { TestRecord } from '../driver/observer.ts'
import { decode } from '../driver/topic-codec.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import { idOf } from './disk.ts'
import type { Program, SimulatedInput } from './program.ts'
import type { World } from './world.ts'

/** A record as it lies in the log, with its partition. */
export interface RawRecord extends IncomingRecord {
  readonly partition: number
}

/** What a run has left behind, read from the log by somebody who sees committed records alone. */
export class Outcome<P extends Program = Program> {
  /** Everything that came in, in the order of coming. */
  readonly inputs: readonly SimulatedInput[]
  /** Declared as the workers', to name topics and tables by. It is not running. */
  readonly program: P
  readonly seed: number
  readonly #world: World
  readonly #transport: EmbeddedTransport
  #started: Promise<void> | undefined

  constructor(world: World, inputs: readonly SimulatedInput[], program: P, seed: number) {
    this.#world = world
    this.inputs = inputs
    this.program = program
    this.seed = seed
    this.#transport = embeddedTransport({ log: world.log })
  }

  /** How many processes there were: one for each worker, and one more for every restart. */
  get lives(): number {
    return this.#world.workers.reduce((sum, { lives }) => sum + lives, 0)
  }

  /** The committed records of a topic, partition by partition in their order. */
  readonly records = async <K, V>(topic: Stream<K, V>): Promise<readonly TestRecord<K, V>[]> => {
    const { definition } = topic
    const found: TestRecord[] = []
    for (const record of await this.raw(definition.name)) {
      const { headers, offset, partition, timestamp } = record
      const key = await decode(definition, 'key', partition, record)
      const value = await decode(definition, 'value', partition, record)
      found.push({ key, value, headers, timestamp, partition, offset })
    }
    return found as unknown as readonly TestRecord<K, V>[]
  }

  /** A table as its changelog has it. */
  readonly table = async <K, V>(
    // What a missing key gives does not matter here.
    // oxlint-disable-next-line no-explicit-any
    table: Table<K, V, any>,
  ): Promise<Map<K, V>> => {
    const { changelog, key, value } = table.definition
    const entries = new Map<string, RawRecord>()
    for (const record of await this.raw(changelog)) entries.set(idOf(record.key!), record)
    const found = new Map<K, V>()
    for (const record of entries.values()) {
      if (record.value === null) continue
      const context = { topic: changelog, headers: record.headers }
      const decoded = await key.decode(record.key!, { ...context, part: 'key' })
      found.set(decoded as K, (await value.decode(record.value, { ...context, part: 'value' })) as V)
    }
    return found
  }

  /** @internal The committed records of a topic as they are; none when it does not exist. */
  async raw(topic: string): Promise<readonly RawRecord[]> {
    const { clock, log } = this.#world
    const [description] = log.describeTopics([topic])
    if (description === undefined) return []
    await (this.#started ??= this.#transport.start({ app: 'outcome', clock, logger: silentLogger() }))
    const reader = this.#transport.reader({ isolation: 'read-committed' })
    const places = Array.from({ length: description.partitions }, (_, partition) => ({ topic, partition }))
    const bounds = await this.#transport.admin.offsets(places)
    const left = new Map(bounds.map(({ logEnd, logStart, partition }) => [partition, logEnd - logStart]))
    for (const [partition, count] of left) if (count <= 0) left.delete(partition)
    await reader.assign(bounds.map(({ logStart, partition }) => ({ topic, partition, offset: logStart })))
    const found: RawRecord[] = []
    while (left.size > 0) {
      for (const { nextOffset, partition, records } of await reader.poll({ maxWait: 1000 })) {
        for (const record of records) found.push({ ...record, partition })
        if (nextOffset >= bounds[partition]!.logEnd) left.delete(partition)
      }
    }
    await reader.close()
    return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset)
  }

  /** @internal */
  async close(): Promise<void> {
    await this.#transport.close()
  }
}
