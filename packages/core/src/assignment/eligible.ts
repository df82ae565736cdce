import { FaustError } from '../service/errors.ts'
import type { CoPartition, TaskGroup } from './topology.ts'
import { partitionMismatch, taskGroups } from './topology.ts'

/** What a member declares. */
interface Declarer {
  readonly workerId: string
  readonly topics: readonly string[]
  readonly groups: readonly { readonly topics: readonly string[]; readonly stateful: boolean }[]
}

/** A group as it can be dealt now. */
export interface DealableGroup {
  readonly topics: readonly string[]
  readonly tasks: number
  readonly stateful: boolean
  /** Who may have tasks of it, ascending: members that declare all of its topics. */
  readonly members: readonly number[]
}

/**
 * The groups of all members together. While two releases of a program run side by side, what one of them declares as
 * belonging together does: a task goes only to members that declare all of its topics, for a join that is given half of
 * them loses records without a word. A group of which no member declares all is taken apart into topics with the same
 * members, so that everything is read, and reported. Reported are also groups with different partition counts; their
 * higher tasks have fewer topics.
 */
export function dealableGroups(
  members: readonly Declarer[],
  counts: ReadonlyMap<string, number>,
): { groups: DealableGroup[]; problems: FaustError[] } {
  const declared: CoPartition[] = members.flatMap(({ workerId, topics, groups }) => [
    ...groups.map((group) => ({ ...group, name: `worker '${workerId}'` })),
    ...topics.map((topic) => ({ name: '', topics: [topic] })),
  ])
  const sets = members.map(({ topics }) => new Set(topics))
  const problems: FaustError[] = []

  const groups = taskGroups(declared).flatMap((group) => {
    const topics = group.topics.filter((topic) => (counts.get(topic) ?? 0) > 0)
    if (topics.length === 0) return []
    const mismatch = partitionMismatch({ ...group, names: [] }, counts)
    if (mismatch !== undefined) problems.push(mismatch)
    const declarers = (wanted: readonly string[]): number[] =>
      sets.flatMap((set, member) => (wanted.every((topic) => set.has(topic)) ? [member] : []))

    const whole = declarers(topics)
    const parts = whole.length > 0 ? [topics] : partsWithSameMembers(topics, sets)
    if (whole.length === 0) problems.push(splitGroup(group, parts))
    return parts.map((part): DealableGroup => {
      const tasks = Math.max(...part.map((topic) => counts.get(topic)!))
      return { topics: part, tasks, stateful: group.stateful, members: whole.length > 0 ? whole : declarers(part) }
    })
  })
  return { groups, problems }
}

function partsWithSameMembers(topics: readonly string[], sets: readonly ReadonlySet<string>[]): string[][] {
  const parts = new Map<string, string[]>()
  for (const topic of topics) {
    const key = sets.map((set) => (set.has(topic) ? '1' : '0')).join('')
    const part = parts.get(key)
    if (part === undefined) parts.set(key, [topic])
    else part.push(topic)
  }
  return [...parts.values()]
}

function splitGroup(group: TaskGroup, parts: readonly (readonly string[])[]): FaustError {
  const names = group.names.filter((name) => name !== '').slice(0, 5)
  const list = parts.map((part) => part.map((topic) => `'${topic}'`).join(' with ')).join(', ')
  return new FaustError(
    'FAUST_GROUP_PROTOCOL',
    `No worker declares all of the topics that belong together in ${names.join(', ')}; they are read apart: ${list}. ` +
      'Joins across them miss records until all workers of the group run the same release',
    { details: { topics: group.topics, workers: names } },
  )
}
