import type { EmbeddedLog, TopicPartition } from '@faust/core'
import type { Nodes } from './nodes.ts'

/** A time of one leader. */
interface Epoch {
  readonly epoch: number
  /** The first offset of it. */
  readonly start: number
}

/** Who leads a partition; `node` is -1 while nobody does. */
export interface Led {
  readonly node: number
  readonly epoch: number
}

interface Partition {
  leader: number
  /** The newest last. */
  epochs: Epoch[]
}

const MISSING = 3
const NOT_LEADER = 6
const FENCED_EPOCH = 74
const UNKNOWN_EPOCH = 75

/** Which node leads which partition, and since which offset. A partition is given a leader when it is first asked about. */
export class Leadership {
  readonly #log: EmbeddedLog
  readonly #nodes: Nodes
  readonly #topics = new Map<string, { readonly id: string; readonly partitions: Partition[] }>()
  readonly #watchers = new Set<() => void>()

  constructor(log: EmbeddedLog, nodes: Nodes) {
    this.#log = log
    this.#nodes = nodes
  }

  /** Calls `watcher` after leaders have changed; the answer ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Undefined where topic or partition do not exist. */
  of(place: TopicPartition): Led | undefined {
    const partition = this.#partition(place)
    if (partition === undefined) return undefined
    const { leader, epochs } = partition
    return { node: this.#nodes.isUp(leader) ? leader : -1, epoch: epochs.at(-1)!.epoch }
  }

  /** Why `node` can't serve a partition to a client that knows `epoch` (-1: it does not compare), or 0. */
  refusal(place: TopicPartition, node: number, epoch: number): number {
    const led = this.of(place)
    if (led === undefined) return MISSING
    if (epoch >= 0 && epoch !== led.epoch) return epoch < led.epoch ? FENCED_EPOCH : UNKNOWN_EPOCH
    return led.node === node ? 0 : NOT_LEADER
  }

  /** Makes `node` the leader, in a new epoch that begins at the log end. */
  move(place: TopicPartition, node: number): void {
    const partition = this.#partition(place)
    if (partition === undefined) return
    const [ends] = this.#log.listOffsets([place])
    partition.leader = node
    const { epoch } = partition.epochs.at(-1)!
    partition.epochs.push({ epoch: epoch + 1, start: ends!.highWatermark })
    for (const watcher of this.#watchers) watcher()
  }

  /** Gives what `node` leads to nodes that are up, if there are any. */
  failOver(node: number): void {
    for (const [topic, { partitions }] of this.#topics) {
      for (const [partition, { leader }] of partitions.entries()) {
        const next = this.#nodes.choose(`${topic} ${partition}`)
        if (leader === node && next >= 0) this.move({ topic, partition }, next)
      }
    }
  }

  /** The epoch in which the record at `offset` was written, and where the next one begins. */
  epochAt(place: TopicPartition, offset: number): { readonly epoch: number; readonly end: number } {
    const epochs = this.#partition(place)?.epochs ?? []
    const next = epochs.findIndex(({ start }) => start > offset)
    const at = next < 0 ? epochs.length - 1 : Math.max(0, next - 1)
    return { epoch: epochs[at]?.epoch ?? -1, end: epochs[at + 1]?.start ?? Infinity }
  }

  /** Where an epoch ended, as Kafka reckons it: of the largest epoch that is not beyond the one asked for. */
  endOf(place: TopicPartition, epoch: number, logEnd: number): { readonly epoch: number; readonly end: number } {
    const epochs = this.#partition(place)?.epochs ?? []
    if (epoch > (epochs.at(-1)?.epoch ?? -1)) return { epoch: -1, end: -1 }
    const next = epochs.findIndex((each) => each.epoch > epoch)
    const end = next < 0 ? logEnd : epochs[next]!.start
    return { epoch: next === 0 ? epoch : epochs.at(next - 1)!.epoch, end }
  }

  #partition({ topic, partition }: TopicPartition): Partition | undefined {
    const [described] = this.#log.describeTopics([topic])
    if (described === undefined || partition >= described.partitions || partition < 0) return undefined
    let known = this.#topics.get(topic)
    if (known?.id !== described.id) this.#topics.set(topic, (known = { id: described.id, partitions: [] }))
    for (let next = known.partitions.length; next < described.partitions; next++) {
      known.partitions.push({ leader: this.#nodes.choose(`${topic} ${next}`), epochs: [{ epoch: 0, start: 0 }] })
    }
    return known.partitions[partition]
  }
}
