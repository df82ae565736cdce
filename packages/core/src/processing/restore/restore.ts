import type { Sensor } from '../../sensor/sensor.ts'
import { isFaustError } from '../../service/errors.ts'
import type { Pacer } from '../../service/pacer.ts'
import type { Semaphore } from '../../service/semaphore.ts'
import { abortError, sleep } from '../../service/wait.ts'
import type { Reader } from '../../transport/reader.ts'
import { partitionKey, type RecordBatch, type TopicPartitionOffset } from '../../transport/record.ts'
import type { Transport } from '../../transport/transport.ts'
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
  /** Bounds how many restores read at the same time. */
  readonly restores: Semaphore
}

/** A shard that is not at its end yet. */
interface Target {
  readonly shard: ChangelogShard
  end: number
  progress: RestoreProgress
  writing: Promise<void>
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
    const offset = await restoreFrom(parts, shard, bounds[index]!, signal)
    if (offset >= logEnd) continue
    from.push({ ...places[index]!, offset })
    const progress = new RestoreProgress(parts, shard, offset, logEnd)
    const target = { shard, end: logEnd, progress, writing: Promise.resolve() }
    targets.set(partitionKey(shard.table.changelog, shard.partition), target)
  }
  if (signal.aborted) throw abortError(signal, 'The restore')
  if (targets.size === 0) return
  await parts.restores.use(() => readToEnds(parts, from, targets, signal))
}

async function readToEnds(
  parts: RestoreParts,
  from: readonly TopicPartitionOffset[],
  targets: Map<string, Target>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) throw abortError(signal, 'The restore')
  const reader = parts.transport.reader({ isolation: 'read-committed' })
  try {
    await untilAnswered(parts, signal, () => reader.assign(from))
    await pump(parts, reader, targets, signal)
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
async function pump(
  parts: RestoreParts,
  reader: Reader,
  targets: Map<string, Target>,
  signal: AbortSignal,
): Promise<void> {
  const all = [...targets.values()]
  const written = (): Promise<unknown> => Promise.all(all.map(({ writing }) => writing))
  try {
    while (targets.size > 0) {
      await step(parts, reader, targets, written, signal)
      await parts.pacer.breathe()
    }
  } finally {
    // Whoever closes a shard afterwards must not meet a write.
    await Promise.allSettled(all.map(({ writing }) => writing))
  }
  await written()
}

/** Begins to write the next answer when the one before is written. A function of its own, so that nothing holds the answer. */
async function step(
  parts: RestoreParts,
  reader: Reader,
  targets: Map<string, Target>,
  written: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const options = { maxWait: POLL_WAIT, maxBytes: POLL_BYTES, signal }
  const batches = await untilAnswered(parts, signal, () => reader.poll(options)).catch((error: unknown) =>
    beginAgain(parts, reader, targets, error, signal),
  )
  // Of all shards: else what waits for a slow one grows with every answer of another, and its failure is heard at the end.
  await written()
  // Also when the answer is empty, as it is as long as the log is out of reach or a transaction open.
  if (signal.aborted) throw abortError(signal, 'The restore')
  for (const batch of batches) {
    const id = partitionKey(batch.topic, batch.partition)
    const target = targets.get(id)
    if (target === undefined) continue
    if (batch.nextOffset >= target.end) {
      targets.delete(id)
      reader.unassign([batch])
    }
    target.writing = write(parts, target, batch)
  }
}

/** No async function either: see `applyBatch`. */
function write({ clock }: RestoreParts, { shard, progress }: Target, batch: RecordBatch): Promise<void> {
  const { nextOffset } = batch
  const written = Promise.resolve(applyBatch(clock, shard, batch))
  const moved = written.then((records) => progress.moved(nextOffset, records))
  // It is awaited before the next answer is written.
  moved.catch(() => {})
  return moved
}

/** The log has removed what was to be read next: where to go on is decided anew. Any other failure is passed on. */
async function beginAgain(
  parts: RestoreParts,
  reader: Reader,
  targets: Map<string, Target>,
  error: unknown,
  signal: AbortSignal,
): Promise<readonly RecordBatch[]> {
  if (!isFaustError(error, 'FAUST_OFFSET_OUT_OF_RANGE')) throw error
  const { topic, partition, logStart, logEnd } = error.details as Record<string, number> & { topic: string }
  const id = partitionKey(topic, partition!)
  const target = targets.get(id)
  if (target === undefined) return []
  await target.writing
  const offset = await restoreFrom(parts, target.shard, { logStart: logStart!, logEnd: logEnd! }, signal)
  if (offset >= logEnd!) {
    targets.delete(id)
    reader.unassign([{ topic, partition: partition! }])
  } else {
    target.end = logEnd!
    target.progress = new RestoreProgress(parts, target.shard, offset, logEnd!)
    await untilAnswered(parts, signal, () => reader.assign([{ topic, partition: partition!, offset }]))
  }
  return []
}
