import type { FaustError } from '../service/errors.ts'
import type { GroupAssignor } from '../transport/group.ts'
import { assignTasks } from './assign.ts'
import { decodeAssignmentData, encodeAssignmentData, encodeOwners } from './assignment-data.ts'
import type { AssignmentData, GroupOwners, WorkerAddress } from './assignment-data.ts'
import { FORMAT_VERSION, decodeMemberData, encodeMemberData } from './member-data.ts'
import type { MemberData, TaskPosition } from './member-data.ts'
import { taskGroups, topologyHash } from './topology.ts'
import type { CoPartition, Task } from './topology.ts'

/** The name of the group protocol. */
export const ASSIGNOR_NAME = 'faust'

/**
 * All members' data and assignments lie in one record of the log, which Kafka bounds at 1 MB by default, with the topic
 * lists of all members. With more than this for the maps of owners every worker is told about itself alone.
 */
const MAX_OWNERS_BYTES = 600_000

/** What a worker brings into the group. */
export interface AssignorOptions {
  readonly workerId: string
  /** Where other workers reach this one. Asked before every join. Default nowhere. */
  readonly url?: (() => string | undefined) | undefined
  /** Every place that reads topics, also those that read one alone. Asked before every join. */
  readonly topology: () => readonly CoPartition[]
  /** How far this worker's copies of state have come, active and standby. Asked before every join. Default none. */
  readonly positions?: (() => readonly TaskPosition[]) | undefined
  /** Copies of every stateful task beside its active; the leader's number counts. Default 0. */
  readonly standbyReplicas?: number | undefined
  /** Records that a copy may lack for a stateful task to move to it; the leader's number counts. Default any number. */
  readonly acceptableLag?: number | undefined
  /** Called on the leader for everything that could not be dealt as declared. */
  readonly onProblem?: ((problem: FaustError) => void) | undefined
}

/** What a member knows after a rebalance. */
export interface CurrentAssignment {
  readonly generation: number
  /** True while partitions are kept back until whoever held them has given them up. */
  readonly again: boolean
  /**
   * True when this was made for another release or address of this worker, as happens to a restarted static member: it
   * then has to `touch()` and join again.
   */
  readonly stale: boolean
  /** False when the group is so large that other workers are not listed. */
  readonly complete: boolean
  readonly self: WorkerAddress
  readonly workers: readonly WorkerAddress[]
  /** Tasks of which this worker keeps a copy, those among them that are about to move here included. */
  readonly standbys: readonly Task[]
  /** Tasks that move here as soon as the copy is close enough: this worker has to join again then. */
  readonly warming: readonly Task[]
  /** Who reads a partition, and with it has the state of its task; `undefined` when that is not known or nobody. */
  owner(topic: string, partition: number): WorkerAddress | undefined
  /** Who keeps copies of it, in no order. */
  followers(topic: string, partition: number): readonly WorkerAddress[]
}

/** The assignor of one worker. */
export interface Assignor extends GroupAssignor {
  /** Makes the next join differ from the last one, without which a group that is stable ignores it. */
  touch(): void
  /** After the last rebalance; `undefined` before the first. */
  current(): CurrentAssignment | undefined
}

/** Glue between the transport's plug and the pure functions of this folder. */
export function createAssignor(options: AssignorOptions): Assignor {
  const { standbyReplicas = 0, acceptableLag = Infinity } = options
  const url = (): string => options.url?.() ?? ''
  let nonce = 0
  let last: CurrentAssignment | undefined
  let lastOwned: MemberData['owned'] = []

  return {
    name: ASSIGNOR_NAME,

    subscription({ owned, generation }) {
      const groups = taskGroups(options.topology())
      const topics = groups.flatMap((group) => group.topics)
      const held = owned.length > 0
      const userData = encodeMemberData(
        {
          workerId: options.workerId,
          url: url(),
          topologyHash: topologyHash(groups),
          nonce,
          groups,
          owned: held ? owned : lastOwned,
          generation: held ? generation : (last?.generation ?? -1),
          held,
          positions: options.positions?.() ?? [],
        },
        topics,
      )
      return { topics, userData }
    },

    assign({ members, partitionCounts }) {
      const seen = new Map<string, MemberData>()
      const input = members.map(({ memberId, instanceId, topics, userData }) => {
        const data = decodeMemberData(userData, topics, instanceId ?? memberId)
        seen.set(memberId, data)
        return { ...data, memberId, topics }
      })
      const result = assignTasks({ members: input, partitionCounts, standbyReplicas, acceptableLag })
      for (const problem of result.problems) options.onProblem?.(problem)

      const workers = result.members.map(({ memberId, workerId }) => ({ workerId, url: seen.get(memberId)!.url }))
      const owners = encodeOwners({ workers, groups: result.groups })
      const complete = owners.length * members.length <= MAX_OWNERS_BYTES
      return new Map(
        result.members.map(({ memberId }, self) => {
          const { version, topologyHash } = seen.get(memberId)!
          const own = { again: result.again, complete, seen: { version, topologyHash }, self: complete ? self : 0 }
          const map = complete
            ? owners
            : encodeOwners({ workers: [workers[self]!], groups: onlySelf(result.groups, self) })
          return [memberId, { partitions: result.partitions[self]!, userData: encodeAssignmentData(own, map) }]
        }),
      )
    },

    onAssignment({ partitions, userData }, { generation }) {
      const data = decodeAssignmentData(userData)
      const hash = topologyHash(taskGroups(options.topology()))
      const version = Math.min(FORMAT_VERSION, data.version)
      const stale =
        data.seen.topologyHash !== hash || data.seen.version < version || data.workers[data.self]!.url !== url()
      last = view(data, generation, stale)
      lastOwned = partitions
    },

    touch: () => void nonce++,
    current: () => last,
  }
}

function onlySelf(groups: readonly GroupOwners[], self: number): GroupOwners[] {
  const mine = (owners: readonly number[]): number[] => owners.map((owner) => (owner === self ? 0 : -1))
  return groups
    .map(({ topics, active, standby, warming }) => ({
      topics,
      active: mine(active),
      standby: standby.map(mine),
      warming: mine(warming),
    }))
    .filter(({ active, standby, warming }) => [active, ...standby, warming].some((owners) => owners.includes(0)))
}

function view(data: AssignmentData, generation: number, stale: boolean): CurrentAssignment {
  const { again, complete, self, workers, groups } = data
  const byTopic = new Map(groups.flatMap((group) => group.topics.map((topic) => [topic, group] as const)))
  const mine = (lists: (group: GroupOwners) => readonly (readonly number[])[]): Task[] =>
    groups.flatMap((group) =>
      group.active.flatMap((_, partition): Task[] =>
        lists(group).some((owners) => owners[partition] === self) ? [{ topics: group.topics, partition }] : [],
      ),
    )
  return {
    generation,
    again,
    stale,
    complete,
    self: workers[self]!,
    workers,
    standbys: mine(({ standby, warming }) => [...standby, warming]),
    warming: mine(({ warming }) => [warming]),
    owner: (topic, partition) => workers[byTopic.get(topic)?.active[partition] ?? -1],
    followers: (topic, partition) =>
      (byTopic.get(topic)?.standby ?? []).flatMap((owners) => workers[owners[partition] ?? -1] ?? []),
  }
}
