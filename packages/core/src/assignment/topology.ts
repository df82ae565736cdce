import { FaustError } from '../service/errors.ts'
import { encodeUtf8 } from '../serializer/utf8.ts'
import { murmur2 } from '../topic/murmur2.ts'
import { counted } from '../service/counted.ts'

/** Topics that meet in one place of the program, an agent or a table: partition n of all of them belongs together. */
export interface CoPartition {
  /** What they meet in, for messages: `agent 'count-orders'`. */
  readonly name: string
  readonly topics: readonly string[]
  /** True when state is kept there, so that a standby has something to follow. Default false. */
  readonly stateful?: boolean | undefined
}

/**
 * Topics that must be dealt together, directly or by way of others. Partition n of all of them is one *task*. A topic
 * is in exactly one group.
 */
export interface TaskGroup {
  /** In order; the first one identifies the group. */
  readonly topics: readonly string[]
  /** The places that brought them together, in order. */
  readonly names: readonly string[]
  readonly stateful: boolean
}

/** Partition n of every topic of a group. */
export interface Task {
  readonly topics: readonly string[]
  readonly partition: number
}

/** Merges declarations that share a topic. The result does not depend on their order. */
export function taskGroups(declared: readonly CoPartition[]): TaskGroup[] {
  const parents = new Map<string, string>()
  const find = (topic: string): string => {
    let root = topic
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next
    parents.set(topic, root)
    return root
  }
  for (const { topics } of declared) {
    for (const topic of topics) {
      const root = find(topic)
      const first = find(topics[0]!)
      // The smaller name is the root, so that it does not matter who came first.
      if (root < first) parents.set(first, root)
      else parents.set(root, first)
    }
  }

  const merged = new Map<string, { topics: string[]; names: Set<string>; stateful: boolean }>()
  for (const topic of [...parents.keys()].sort()) {
    const root = find(topic)
    const group = merged.get(root) ?? { topics: [], names: new Set(), stateful: false }
    group.topics.push(topic)
    merged.set(root, group)
  }
  for (const { name, topics, stateful } of declared) {
    if (topics.length === 0) continue
    const group = merged.get(find(topics[0]!))!
    group.names.add(name)
    group.stateful ||= stateful === true
  }
  return [...merged.values()].map((group) => ({ ...group, names: [...group.names].sort() }))
}

/**
 * Throws `FAUST_PARTITION_MISMATCH` for the first group whose topics have different numbers of partitions. Topics that
 * `counts` does not have are left out: they are still to be made.
 */
export function checkPartitionCounts(groups: readonly TaskGroup[], counts: ReadonlyMap<string, number>): void {
  for (const group of groups) {
    const error = partitionMismatch(group, counts)
    if (error !== undefined) throw error
  }
}

/** What is wrong with the partition counts of a group, if anything. */
export function partitionMismatch(group: TaskGroup, counts: ReadonlyMap<string, number>): FaustError | undefined {
  const known = group.topics.filter((topic) => counts.has(topic))
  const most = known.reduce((a, b) => (counts.get(b)! > counts.get(a)! ? b : a), known[0] ?? '')
  const least = known.find((topic) => counts.get(topic) !== counts.get(most))
  if (least === undefined) return undefined
  const list = known.map((topic) => `'${topic}' has ${counts.get(topic)}`).join(', ')
  const places = group.names.length === 0 ? 'one agent or table' : group.names.join(', ')
  return new FaustError(
    'FAUST_PARTITION_MISMATCH',
    `Topics that meet in ${places} need equal numbers of partitions, so that a key is in the same one in each: ${list}. ` +
      `Recreate '${least}' with ${counted(counts.get(most)!, 'partition')}, or repartition it into a topic that has ` +
      `${counts.get(most)}`,
    {
      details: { names: group.names, partitions: Object.fromEntries(known.map((topic) => [topic, counts.get(topic)])) },
    },
  )
}

/** Equal for equal groups: how a worker sees that an assignment was made for another version of its program. */
export function topologyHash(groups: readonly TaskGroup[]): number {
  // Topic names cannot hold spaces or line breaks.
  const canonical = groups.map((group) => `${group.stateful ? 1 : 0} ${group.topics.join(' ')}`).join('\n')
  return murmur2(encodeUtf8(canonical)) >>> 0
}
