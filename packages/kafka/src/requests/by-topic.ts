import type { ByteReader } from '../wire/byte-reader.ts'
import type { ByteWriter } from '../wire/byte-writer.ts'

// On the wire most requests are lists of topics, each with a list of partitions; everywhere else a partition is a thing
// of its own. These fold and unfold.

/** Anything that is of a topic. */
export interface OfTopic {
  readonly topic: string
}

/** Partitions of one topic. */
interface Group<T> {
  readonly topic: string
  readonly items: readonly T[]
}

/** Topics in the order of their first partition, each once. */
export function groupByTopic<T extends OfTopic>(items: readonly T[]): Group<T>[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(item.topic)
    if (group === undefined) groups.set(item.topic, [item])
    else group.push(item)
  }
  return Array.from(groups, ([topic, items]) => ({ topic, items }))
}

/** A topic for every run of its partitions: where the order of all partitions matters, a topic may come twice. */
export function groupRuns<T extends OfTopic>(items: readonly T[]): Group<T>[] {
  const groups: { topic: string; items: T[] }[] = []
  for (const item of items) {
    const last = groups.at(-1)
    if (last?.topic === item.topic) last.items.push(item)
    else groups.push({ topic: item.topic, items: [item] })
  }
  return groups
}

export function writeTopics<T>(to: ByteWriter, groups: readonly Group<T>[] | null, write: (item: T) => void): void {
  to.array(groups, ({ topic, items }) => {
    to.string(topic)
    to.array(items, write)
  })
}

export function readTopics<T>(from: ByteReader, read: (topic: string) => T): T[] {
  const topics = from.array(() => {
    const topic = from.string()
    return from.array(() => read(topic))
  })
  return topics.flat()
}

/** The same in a flexible version; `write` ends the partition with its tags itself. */
export function writeCompactTopics<T>(
  to: ByteWriter,
  groups: readonly Group<T>[] | null,
  write: (item: T) => void,
): void {
  to.compactArray(groups, ({ topic, items }) => {
    to.compactString(topic)
    to.compactArray(items, write)
    to.noTags()
  })
}

/** `null` where the list of topics is. */
export function readCompactTopics<T>(from: ByteReader, read: (topic: string) => T): T[] | null {
  const topics = from.compactNullableArray(() => {
    const topic = from.compactString()
    const items = from.compactArray(() => read(topic))
    from.tags()
    return items
  })
  return topics?.flat() ?? null
}
