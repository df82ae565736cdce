import { FaustError } from '../service/errors.ts'
import { binaryReader, binaryWriter } from './binary.ts'
import { FORMAT_VERSION } from './member-data.ts'

/** A worker as others know it. */
export interface WorkerAddress {
  readonly workerId: string
  /** '' when nothing can reach it. */
  readonly url: string
}

/** Who has the tasks of a group. */
export interface GroupOwners {
  readonly topics: readonly string[]
  /** By partition: the index of the worker it is given to, or -1 while it is given to nobody. */
  readonly active: readonly number[]
  /** By replica, then by partition: the index of a worker that follows it, or -1. */
  readonly standby: readonly (readonly number[])[]
  /** By partition: the index of the worker that gets it once its copy is close enough, or -1. Empty when there is none. */
  readonly warming: readonly number[]
}

/** What the leader tells a member besides its partitions. */
export interface AssignmentData {
  readonly version: number
  /** True when partitions were kept back: another rebalance follows as soon as they are given up. */
  readonly again: boolean
  /** The member's own data as the leader read it: what this assignment was made for. */
  readonly seen: { readonly version: number; readonly topologyHash: number }
  /** Where the member itself stands among `workers`. */
  readonly self: number
  /** False when there are so many workers that each is told about itself alone. */
  readonly complete: boolean
  readonly workers: readonly WorkerAddress[]
  readonly groups: readonly GroupOwners[]
}

/** The part that is the same for every member: encoded once, however many there are. */
export interface OwnersMap {
  readonly workers: readonly WorkerAddress[]
  readonly groups: readonly GroupOwners[]
}

/** Encodes the common part. Neighbours in a sorted list of addresses and topics share their beginnings. */
export function encodeOwners(map: OwnersMap): Uint8Array {
  const writer = binaryWriter()
  writer.number(map.workers.length)
  let before: WorkerAddress = { workerId: '', url: '' }
  for (const worker of map.workers) {
    writer.text(worker.workerId, before.workerId)
    writer.text(worker.url, before.url)
    before = worker
  }
  writer.number(map.groups.length)
  let topic = ''
  for (const { topics, active, standby, warming } of map.groups) {
    writer.number(topics.length)
    for (const name of topics) {
      writer.text(name, topic)
      topic = name
    }
    writer.number(active.length)
    writer.number(standby.length)
    for (const owners of [active, ...standby]) for (const owner of owners) writer.number(owner + 1)
    const moving = warming.flatMap((owner, partition) => (owner === -1 ? [] : [[partition, owner] as const]))
    writer.number(moving.length)
    for (const [partition, owner] of moving) {
      writer.number(partition)
      writer.number(owner)
    }
  }
  return writer.bytes()
}

/** Puts what concerns one member before the common part. */
export function encodeAssignmentData(
  own: Omit<AssignmentData, 'version' | 'workers' | 'groups'>,
  owners: Uint8Array,
): Uint8Array {
  const writer = binaryWriter()
  writer.number(FORMAT_VERSION)
  writer.number((own.again ? 1 : 0) + (own.complete ? 2 : 0))
  writer.number(own.seen.version)
  writer.number(own.seen.topologyHash)
  writer.number(own.self)
  const head = writer.bytes()
  const bytes = new Uint8Array(head.length + owners.length)
  bytes.set(head)
  bytes.set(owners, head.length)
  return bytes
}

/** Reads what a leader of any version wrote. `FAUST_GROUP_PROTOCOL` when it is anything else. */
export function decodeAssignmentData(bytes: Uint8Array): AssignmentData {
  const what = `The leader's assignment`
  const reader = binaryReader(bytes, what)
  const version = reader.number()
  if (version === 0) throw new FaustError('FAUST_GROUP_PROTOCOL', `${what} has version 0, which does not exist`)
  const flags = reader.number()
  const seen = { version: reader.number(), topologyHash: reader.number(0xffff_ffff) }
  const self = reader.number()

  const workers: WorkerAddress[] = []
  let before: WorkerAddress = { workerId: '', url: '' }
  for (let left = reader.count(); left > 0; left--) {
    before = { workerId: reader.text(before.workerId), url: reader.text(before.url) }
    workers.push(before)
  }
  if (self >= workers.length) throw new FaustError('FAUST_GROUP_PROTOCOL', `${what} does not name the worker it is for`)

  const groups: GroupOwners[] = []
  let previous = ''
  for (let left = reader.count(); left > 0; left--) {
    const topics = Array.from({ length: reader.count() }, () => (previous = reader.text(previous)))
    const partitions = reader.count()
    const replicas = reader.count()
    const owners = (): number[] => Array.from({ length: partitions }, () => reader.number(workers.length) - 1)
    const active = owners()
    const standby = Array.from({ length: partitions === 0 ? 0 : replicas }, owners)
    const moving = reader.count()
    const warming = moving === 0 ? [] : active.map(() => -1)
    for (let left = moving; left > 0; left--) warming[reader.number(partitions - 1)] = reader.number(workers.length - 1)
    groups.push({ topics, active, standby, warming })
  }
  if (version <= FORMAT_VERSION && !reader.done()) {
    throw new FaustError('FAUST_GROUP_PROTOCOL', `${what} is longer than its version ${version} allows`)
  }
  const again = (flags & 1) === 1
  return { version, again, complete: (flags & 2) === 2, seen, self, workers, groups }
}
