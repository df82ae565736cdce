import type { LogDirectory } from '../files/log-directory.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import type { JournalEntry } from './journal.ts'
import type { OffsetStore } from './offset-store.ts'
import type { TopicRegistry } from './topic-registry.ts'
import type { TransactionCoordinator } from './transaction-coordinator.ts'

/** The parts of a log that a journal speaks of. */
export interface LogParts {
  readonly topics: TopicRegistry
  readonly groups: GroupCoordinator
  readonly offsets: OffsetStore
  readonly transactions: TransactionCoordinator
}

/** Brings a log to where it was: first what its journal says, then the records. A throw gives the directory back. */
export function restoreLog(directory: LogDirectory, past: readonly JournalEntry[], parts: LogParts): void {
  const { topics, transactions } = parts
  try {
    for (const entry of past) replay(entry, parts)
    topics.openStorage(directory.openStorage)
    directory.removeOthers(topics.all())
    directory.journal.compactWith(() => snapshot(parts))
    transactions.resume()
  } catch (error) {
    directory.close()
    throw error
  }
}

function replay(entry: JournalEntry, { topics, groups, offsets, transactions }: LogParts): void {
  switch (entry.type) {
    case 'topic':
      return topics.restore(entry)
    case 'partitions':
      return topics.restorePartitions(entry.id, entry.partitions)
    case 'topic-deleted':
      return offsets.forgetTopic(topics.restoreDeleted(entry.id) ?? '')
    case 'generation':
      return groups.restoreGeneration(entry.group, entry.generation)
    case 'offsets':
      return offsets.restore(entry.group, entry.offsets)
    case 'pending-offsets':
      return offsets.restorePending(entry.group, entry.producerId, entry.producerEpoch, entry.offsets)
    case 'offsets-marker':
      return offsets.restoreMarker(entry.group, entry.producerId, entry.producerEpoch, entry.commit)
    case 'producer-id':
      return transactions.restoreProducerId(entry.producerId)
    case 'transaction':
      return transactions.restore(entry.transaction)
  }
}

/** What leads to the state of now. */
function* snapshot({ topics, groups, offsets, transactions }: LogParts): Generator<JournalEntry> {
  for (const { name, id, partitions, given } of topics.all()) {
    yield { type: 'topic', name, id, partitions: partitions.length, config: given }
  }
  yield* groups.snapshot()
  yield* offsets.snapshot()
  yield* transactions.snapshot()
}
