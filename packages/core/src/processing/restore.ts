import type { Sensor } from '../sensor/sensor.ts'
import { isFaustError } from '../service/errors.ts'
import type { Pacer } from '../service/pacer.ts'
import { abortError, sleep } from '../service/wait.ts'
import type { Reader } from '../transport/reader.ts'
import { partitionKey, type RecordBatch, type TopicPartitionOffset } from '../transport/record.ts'
import type { Transport } from '../transport/transport.ts'
import { applyBatch } from './apply-batch.ts'
import { type ChangelogShard, changelogOf } from './changelog-shard.ts'
import { restoreFrom } from './restore-from.ts'
import type { RestoreFromParts } from './restore-parts.ts'
import { RestoreProgress } from './restore-progress.ts'

/** What a restore works with. */
export interface RestoreParts extends RestoreFromParts {
  readonly transport: Transport
  readonly sensor: Sensor
  readonly pacer: Pacer
}

/** A shard that is not at its end yet. */
interface Target {
  readonly shard: ChangelogShard
  readonly end: number
  readonly progress: RestoreProgress
}

/** Ms that one poll of a restore waits for records. */
const POLL_WAIT = 100
/** Bytes of one poll: one answer is written while the next one comes, so twice as many are in memory. */
const POLL_BYTES = 8 * 2 ** 20
/** Ms between two tries while the log does not answer. */
const RETRY_PAUSE = 50

/**
 * Brings shards from where each one stands up to the ends of their changelogs, as they are at the call: committed
 * records only, so it waits for transactions that are still open. Shards are read side by side, and nothing else is
 * touched. Nobody else may write the shards meanwhile. Rejects with `FAUST_ABORTED` when the signal fires; what was
 * written until then stays, and the next restore goes on behind it.
 */
export async function restore(
  parts: RestoreParts,
  shards: readonly ChangelogShard[],
  signal: AbortSignal,
): Promise<void> {
  const places = shards.map((shard) => changelogOf(shard))
  const bounds = await untilAnswered(parts, signal, () => parts.transport.admin.offsets(places))
  const targets = new Map<string, Target>()
  const from: TopicPartitionOffset[] = []
  for (const [index, shard] of shards.entries()) {
    const { logEnd } = bounds[index]!
    const offset = await restoreFrom(parts, shard, bounds[index]!)
    if (offset >= logEnd) continue
    from.push({ ...places[index]!, offset })
    const progress = new RestoreProgress(parts, shard, offset, logEnd)
    targets.set(partitionKey(shard.table.changelog, shard.partition), { shard, end: logEnd, progress })
  }
  if (signal.aborted) throw abortError(signal, 'The restore')
  if (targets.size === 0) return
  const reader = parts.transport.reader({ isolation: 'read-committed' })
  try {
    await untilAnswered(parts, signal, () => reader.assign(from))
    await readToEnds(parts, reader, targets, signal)
  } finally {
    await reader.close()
  }
}

/** Asks until there is an answer: a log that is out of reach for a while does not end a worker. */
export async function untilAnswered<T>(
  { clock }: Pick<RestoreParts, 'clock'>,
  signal: AbortSignal,
  request: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await request()
    } catch (error) {
      if (!(isFaustError(error) && error.retriable)) throw error
      await sleep(clock, RETRY_PAUSE, signal)
    }
  }
}

/** One answer is written while the next one is fetched, so the slower of both sets the pace. */
async function readToEnds(
  parts: RestoreParts,
  reader: Reader,
  targets: Map<string, Target>,
  signal: AbortSignal,
): Promise<void> {
  const options = { maxWait: POLL_WAIT, maxBytes: POLL_BYTES, signal }
  let writing: Promise<unknown> = Promise.resolve()
  const write = async (batch: RecordBatch, { shard, progress }: Target): Promise<void> => {
    progress.moved(batch.nextOffset, await applyBatch(parts.clock, shard, batch))
  }
  try {
    while (targets.size > 0) {
      const batches = await untilAnswered(parts, signal, () => reader.poll(options))
      await writing
      if (signal.aborted) throw abortError(signal, 'The restore')
      const writes = batches.flatMap((batch) => {
        const id = partitionKey(batch.topic, batch.partition)
        const target = targets.get(id)
        if (target === undefined) return []
        if (batch.nextOffset >= target.end) {
          targets.delete(id)
          reader.unassign([batch])
        }
        return [write(batch, target)]
      })
      writing = Promise.all(writes)
      // It is awaited before the next answer is written.
      writing.catch(() => {})
      await parts.pacer.breathe()
    }
  } finally {
    // Whoever closes a shard afterwards must not meet a write.
    await writing
  }
}
