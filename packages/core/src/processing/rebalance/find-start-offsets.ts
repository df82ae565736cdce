import type { Clock } from '../../service/clock.ts'
import { isFaustError } from '../../service/errors.ts'
import type { Logger } from '../../service/logger.ts'
import { sleep } from '../../service/wait.ts'
import type { GroupConsumer } from '../../transport/group.ts'
import type { Transport } from '../../transport/transport.ts'
import type { Task } from '../task/task.ts'
import type { Topology } from '../topology.ts'
import type { WorkerSettings } from '../worker-settings.ts'
import { checkForms } from './check-forms.ts'
import { type StartOffset, startOffsets } from './start-offsets.ts'

/** What finding them takes. */
export interface FindStartOffsetsParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly transport: Transport
  readonly settings: WorkerSettings
  readonly topology: Topology
  readonly consumer: () => GroupConsumer
}

/** How long committed offsets may be waited for, in ms: longer than any sound transaction stays open. */
const STABLE_TIMEOUT = 60_000
/** Ms between two tries. */
const RETRY_PAUSE = 50

/** Where the tasks' partitions begin: one question for all of them, asked until there is an answer that stays. */
export async function findStartOffsets(
  parts: FindStartOffsetsParts,
  tasks: readonly Task[],
): Promise<readonly StartOffset[]> {
  const { clock, consumer, logger, settings, topology, transport } = parts
  const deadline = clock.monotonic() + STABLE_TIMEOUT
  for (;;) {
    // Some may have been taken away again; the others still need an answer.
    const partitions = tasks.filter(({ status }) => status !== 'closed').flatMap((task) => task.partitions)
    if (partitions.length === 0) return []
    try {
      const committed = await transport.admin.committedOffsets(settings.name, partitions, { requireStable: true })
      checkForms(topology, committed)
      const bounds = await transport.admin.offsets(partitions)
      const definitions = partitions.map(({ topic }) => topology.topics.get(topic)!.definition)
      const starts = startOffsets(definitions, committed, bounds, logger)
      const fresh = starts.filter(({ commit }) => commit)
      if (fresh.length > 0) await consumer().commit(fresh)
      return starts
    } catch (error) {
      // Who has lost partitions meanwhile is told by a hook, and may still have others.
      const lost = isFaustError(error, 'FAUST_GENERATION_STALE') || isFaustError(error, 'FAUST_MEMBER_UNKNOWN')
      if (!(lost || (isFaustError(error) && error.retriable)) || clock.monotonic() > deadline) throw error
      await sleep(clock, RETRY_PAUSE)
    }
  }
}
