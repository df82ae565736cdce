import type { TopicPartition } from '../transport/record.ts'
import { FaustError } from '../service/errors.ts'
import { binaryReader, binaryWriter } from './binary.ts'

/**
 * The version of the bytes that this core writes. A later version may only append to what an earlier one wrote, so a
 * leader reads of every member what it knows: it computes with the lowest version by itself.
 */
export const FORMAT_VERSION = 1

/** Topics that a member deals together, as the leader has to know it: members of two releases may differ. */
export interface MemberGroup {
  readonly topics: readonly string[]
  readonly stateful: boolean
}

/** How far a member's copy of a task's state has come. */
export interface TaskPosition {
  /** Any topic of the task's group. */
  readonly topic: string
  readonly partition: number
  /** The sum of the positions of all its shards. Only compared with those of other members for the same task. */
  readonly position: number
}

/** What a member tells the leader. */
export interface MemberData {
  readonly version: number
  readonly workerId: string
  /** Where other workers reach it; '' when nowhere. */
  readonly url: string
  readonly topologyHash: number
  /** Another one when the member wants a rebalance though nothing else has changed. */
  readonly nonce: number
  readonly groups: readonly MemberGroup[]
  /** What it holds, or held until it gave up everything to join. */
  readonly owned: readonly TopicPartition[]
  /** The generation that gave it these. */
  readonly generation: number
  /** False when `owned` was given up before joining: then it is a wish and bars nobody. */
  readonly held: boolean
  readonly positions: readonly TaskPosition[]
}

/** `topics` are those of the subscription, in which every other topic is an index; both sides sort them. */
export function encodeMemberData(data: Omit<MemberData, 'version'>, topics: readonly string[]): Uint8Array {
  const index = new Map([...topics].sort().map((topic, i) => [topic, i]))
  const writer = binaryWriter()
  writer.number(FORMAT_VERSION)
  writer.text(data.workerId)
  writer.text(data.url)
  writer.number(data.topologyHash)
  writer.number(data.nonce)

  const groups = data.groups.filter((group) => group.topics.length > 1 || group.stateful)
  writer.number(groups.length)
  for (const group of groups) {
    writer.number(group.topics.length * 2 + (group.stateful ? 1 : 0))
    for (const topic of group.topics) writer.number(index.get(topic)!)
  }

  // A generation is -1 before the first assignment.
  writer.number((data.generation + 1) * 2 + (data.held ? 1 : 0))
  const owned = byTopic(data.owned.filter(({ topic }) => index.has(topic)))
  writer.number(owned.size)
  for (const [topic, partitions] of owned) {
    writer.number(index.get(topic)!)
    writer.partitions(partitions)
  }

  const positions = data.positions.filter(({ topic }) => index.has(topic))
  writer.number(positions.length)
  for (const { topic, partition, position } of positions) {
    writer.number(index.get(topic)!)
    writer.number(partition)
    writer.number(position)
  }
  return writer.bytes()
}

/** Reads a member's data. `FAUST_GROUP_PROTOCOL` when it is not what `encodeMemberData` of any version writes. */
export function decodeMemberData(bytes: Uint8Array, topics: readonly string[], member: string): MemberData {
  const what = `The user data of group member '${member}'`
  const names = [...topics].sort()
  const reader = binaryReader(bytes, what)
  const topic = (): string => names[reader.number(names.length - 1)]!

  const version = reader.number()
  if (version === 0) throw new FaustError('FAUST_GROUP_PROTOCOL', `${what} has version 0, which does not exist`)
  const workerId = reader.text()
  const url = reader.text()
  const hash = reader.number(0xffff_ffff)
  const nonce = reader.number()

  const groups: MemberGroup[] = []
  for (let left = reader.count(); left > 0; left--) {
    const head = reader.number(2 * bytes.length)
    groups.push({ topics: Array.from({ length: head >> 1 }, topic), stateful: (head & 1) === 1 })
  }

  const stamp = reader.number()
  const owned: TopicPartition[] = []
  for (let left = reader.count(); left > 0; left--) {
    const name = topic()
    for (const partition of reader.partitions()) owned.push({ topic: name, partition })
  }

  const positions: TaskPosition[] = []
  for (let left = reader.count(); left > 0; left--) {
    positions.push({ topic: topic(), partition: reader.number(), position: reader.number() })
  }
  if (version <= FORMAT_VERSION && !reader.done()) {
    throw new FaustError('FAUST_GROUP_PROTOCOL', `${what} is longer than its version ${version} allows`)
  }
  const generation = Math.floor(stamp / 2) - 1
  return {
    version,
    workerId,
    url,
    topologyHash: hash,
    nonce,
    groups,
    owned,
    generation,
    held: stamp % 2 === 1,
    positions,
  }
}

/** Partitions by topic, each in order; the topics in order too. */
function byTopic(partitions: readonly TopicPartition[]): Map<string, number[]> {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of [...partitions].sort(comparePartitions)) {
    const list = topics.get(topic)
    if (list === undefined) topics.set(topic, [partition])
    else list.push(partition)
  }
  return topics
}

/** The canonical order of partitions. */
export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}
