import type { ServiceState } from '../service/service.ts'
import type { RetryingValue } from './queue/failed-value.ts'
import type { PartitionQueue } from './queue/partition-queue.ts'
import type { QueueReader } from './queue/queue-reader.ts'
import type { FailingAgent } from './failing-agent.ts'
import type { Stall } from './stall.ts'
import type { StandbyStatus } from './standby/standby-manager.ts'
import type { Task } from './task/task.ts'
import type { GuaranteeName } from './worker-settings.ts'
import type { Worker } from './worker.ts'

/** What an app is doing at one moment: plain data for health checks and tests, read without disturbing anything. */
export interface AppStatus {
  readonly state: ServiceState
  /** It runs, and nothing has stood still for too long. */
  readonly healthy: boolean
  readonly guarantee: GuaranteeName
  /** A rebalance is under way: partitions may be about to change. */
  readonly joining: boolean
  /** Every source partition this worker has, by topic and number. None before the start and after the stop. */
  readonly partitions: readonly PartitionStatus[]
  /** Copies that this worker keeps of table partitions which other workers run. */
  readonly standbys: readonly StandbyStatus[]
  /** What has not moved for `stallTimeout` ms. */
  readonly stalls: readonly Stall[]
  /** Agents whose function failed before it had a value, and is to be called again: nothing is handed to it meanwhile. */
  readonly failing: readonly FailingAgent[]
  /** Records that handlers and others have sent and the log has not acknowledged yet. */
  readonly sending: number
  /** Serializers that have not answered yet, for such a record or for what a commit writes. Reading counts as `inHand`. */
  readonly serializing: number
}

/** How far one source partition is. All offsets are -1 until it is live. */
export interface PartitionStatus {
  readonly topic: string
  readonly partition: number
  /** False while it is being opened: committed offsets are asked for, tables are restored. */
  readonly live: boolean
  /** What was committed last. */
  readonly committed: number
  /** The smallest offset that some agent has not settled: what the next commit writes. */
  readonly frontier: number
  /** Where fetching goes on. */
  readonly position: number
  /** The log end as the last answer saw it: `logEnd - frontier` is the lag. */
  readonly logEnd: number
  /** Records kept in memory, because some agent may still need them. */
  readonly queued: number
  readonly agents: readonly AgentProgress[]
}

/** How far one agent is in one partition. */
export interface AgentProgress {
  readonly agent: string
  readonly frontier: number
  /** Values that its handlers have in hand, and those that are decoded or go through operators for a `take`. */
  readonly inHand: number
  /** Values that an unfinished `take` has gathered. */
  readonly gathering: number
  /** Values taken out of the queue that wait for a free handler or for another try. */
  readonly waiting: number
  /** The first value that has failed and waits for another try; nothing of the partition is handed over meanwhile. */
  readonly retrying: RetryingValue | undefined
}

/** The part of the status that a running worker knows; of an app that does not run, that there is nothing. */
export function appStatus(state: ServiceState, guarantee: GuaranteeName, worker: Worker | undefined): AppStatus {
  if (worker === undefined) {
    const nothing = { partitions: [], standbys: [], stalls: [], failing: [], sending: 0, serializing: 0 }
    return { state, healthy: false, guarantee, joining: false, ...nothing }
  }
  const { cycleEncodings, encodings, outbox, publisher, room, standbys, tasks } = worker
  const { stalls } = worker.watchdog
  return {
    state,
    healthy: state === 'running' && stalls.length === 0,
    guarantee,
    joining: tasks.joining,
    partitions: tasks.tasks
      .flatMap((task) => partitionsOf(task))
      .toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1)),
    standbys: standbys.status,
    stalls,
    failing: worker.parts.agents.flatMap(({ failing }) => failing),
    sending: outbox.records + publisher.records + room.records + encodings.count,
    serializing: encodings.count + cycleEncodings.count,
  }
}

function partitionsOf(task: Task): readonly PartitionStatus[] {
  if (task.status === 'live') return task.queues.map((queue) => livePartition(queue))
  const unknown = { live: false, committed: -1, frontier: -1, position: -1, logEnd: -1, queued: 0, agents: [] }
  return task.partitions.map(({ topic, partition }) => ({ topic, partition, ...unknown }))
}

function livePartition(queue: PartitionQueue): PartitionStatus {
  const { committed, frontier, logEnd, partition, position, records } = queue
  const agents = queue.readers.map((one) => progress(one))
  return {
    topic: queue.topic.name,
    partition,
    live: true,
    committed,
    frontier,
    position,
    logEnd,
    queued: records,
    agents,
  }
}

function progress({ collecting, frontier, handed, name, preparing, retrying, unsettled }: QueueReader): AgentProgress {
  const waiting = unsettled - handed - collecting
  return { agent: name, frontier, inHand: handed + preparing, gathering: collecting - preparing, waiting, retrying }
}
