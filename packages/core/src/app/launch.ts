import { Agent } from '../agent/agent.ts'
import type { AgentDefinition } from '../agent/agent-definition.ts'
import { createAssignor } from '../assignment/assignor.ts'
import { checkForms } from '../processing/rebalance/check-forms.ts'
import { sendDeadLetter } from '../processing/dead-letter/dead-letter.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { Topology } from '../processing/topology.ts'
import { Worker } from '../processing/worker.ts'
import type { WorkerSettings } from '../processing/worker-settings.ts'
import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import { FaustError } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { Pacer } from '../service/pacer.ts'
import type { StopBudget } from '../service/stop-budget.ts'
import type { Step } from '../stream/operator.ts'
import type { Store } from '../store/store.ts'
import type { Transport } from '../transport/transport.ts'
import type { Program } from './compile.ts'
import { declareTopics } from './declare.ts'
import { coPartitions } from './task-groups.ts'

/** What a worker is put together from. Transport and store have been started. */
export interface LaunchParts {
  readonly program: Program
  readonly runtime: Runtime
  readonly settings: WorkerSettings
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  readonly transport: Transport
  readonly store: Store
  /** As given by the user. */
  readonly workerId: string | undefined
  /** See `AppOptions`. */
  readonly beforeValue: ((agent: string) => void) | undefined
  /** Whether a stop tells the group, when the user has said so. */
  readonly leave: () => boolean | undefined
  readonly stopBudget: StopBudget
}

/** A store that outlives its log would hold positions in a log that begins anew beneath it. */
export function checkDurability(store: Store, transport: Transport): void {
  if (!store.supports.persistent || transport.supports.durable) return
  throw new FaustError(
    'FAUST_STORE_OUTLIVES_LOG',
    `The store ${store.name} keeps its data on disk, but the log of ${transport.name} is only in memory and would ` +
      `begin anew beneath it. Give the log a directory (embeddedTransport({ directory: './log' })), or leave the ` +
      `store out to keep tables in memory too.`,
  )
}

/** Without transactions nothing could be committed together. */
export function checkGuarantee({ guarantee }: WorkerSettings, transport: Transport): void {
  if (guarantee !== 'exactly-once' || transport.supports.transactions) return
  throw new FaustError(
    'FAUST_NOT_SUPPORTED',
    `The transport ${transport.name} has no transactions, which \`guarantee: 'exactly-once'\` needs. ` +
      `Choose a transport that has them, or 'at-least-once'.`,
    { details: { setting: 'guarantee' } },
  )
}

/** Makes topics and agents of a program and puts them into a worker, which is not started yet. */
export async function launch(parts: LaunchParts): Promise<Worker> {
  const { clock, leave, logger, program, runtime, sensor, settings, stopBudget, store, transport } = parts
  const running: { worker?: Worker } = {}
  const pacer = new Pacer(clock)
  const agents = program.agents.map(
    (definition) =>
      new Agent(probed(definition, parts.beforeValue), {
        calls: runtime.calls,
        clock,
        pacer,
        leaseTimeout: settings.revokeTimeout,
        logger,
        sensor,
        deadLetter: ({ letters, name }, delivery, failed) =>
          sendDeadLetter(running.worker!, letters!.deadLetters, name, delivery, failed),
        rewind:
          settings.guarantee === 'exactly-once'
            ? (task) => running.worker!.tasks.rewind(task).catch((error: unknown) => running.worker!.crash(error))
            : undefined,
        crash: (error) => running.worker!.crash(error),
      }),
  )
  const topology = await declareTopics(program, agents, transport.admin, logger)
  await checkTables(topology, parts)
  const identity = parts.workerId ?? (store.supports.identity ? await store.identity() : undefined)
  const workerId = identity ?? clock.uuid()
  const assignor = createAssignor({
    workerId,
    topology: () => coPartitions(program),
    positions: () => running.worker!.shards.positions(),
    standbyReplicas: store.supports.shared ? 0 : settings.standbyReplicas,
    acceptableLag: store.supports.shared ? Infinity : settings.acceptableRecoveryLag,
    onProblem: (problem) => logger.warn(problem.message),
  })
  running.worker = new Worker({
    clock,
    logger,
    sensor,
    transport,
    store,
    topology,
    settings,
    assignor,
    workerId,
    instanceId: transport.supports.staticMembership ? identity : undefined,
    leave,
    stopBudget,
    agents,
    pacer,
    letters: new Map(program.agents.flatMap(({ letters, name }) => (letters === undefined ? [] : [[name, letters]]))),
  })
  return running.worker
}

/** Before it joins the group: a program that would misread a table must not take it from one that can read it. */
async function checkTables(topology: Topology, { settings, transport }: LaunchParts): Promise<void> {
  if (topology.tables.size === 0) return
  const partitions = topology.groups.flatMap(({ partitions: count, topics }) =>
    topics.flatMap((topic) => Array.from({ length: count }, (_, partition) => ({ topic, partition }))),
  )
  checkForms(topology, await transport.admin.committedOffsets(settings.name, partitions, { requireStable: false }))
}

/** The agent with a step before its own that may fail. */
function probed(agent: AgentDefinition, beforeValue: LaunchParts['beforeValue']): AgentDefinition {
  if (beforeValue === undefined) return agent
  const step: Step = (value) => {
    beforeValue(agent.name)
    return value
  }
  return { ...agent, operators: [{ kind: 'probe', identity: beforeValue, make: () => step }, ...agent.operators] }
}
