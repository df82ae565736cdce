import type { CaseGroup } from '../kit/suite.ts'
import { aborts } from './aborts.ts'
import { cooperation } from './cooperation.ts'
import { expiry, zombies } from './expiry.ts'
import { faultProducing } from './fault-producing.ts'
import { faultReading } from './fault-reading.ts'
import { faultCommits, faultTransactions } from './fault-transactions.ts'
import { life } from './life.ts'
import { compaction, durability, durableTransactions, growth } from './log-control.ts'
import { memberIsolation, memberPolling } from './member-polling.ts'
import { membership } from './membership.ts'
import { deleteRecords, offsets } from './offsets.ts'
import { outage } from './outage.ts'
import { produceFailures } from './produce-failures.ts'
import { produce } from './produce.ts'
import { readerBehind, readerErrors } from './reader-errors.ts'
import { reading } from './reading.ts'
import { rebalances } from './rebalance.ts'
import { rejoining } from './rejoining.ts'
import { staticMembership } from './static-membership.ts'
import { steering } from './steering.ts'
import { topics } from './topics.ts'
import { transactionOffsets } from './transaction-offsets.ts'
import { transactionStates } from './transaction-states.ts'
import { transactions } from './transactions.ts'
import type { TransportContext } from './transport-context.ts'
import { unsupported } from './unsupported.ts'
import { vanishingTopics } from './vanishing-topics.ts'

/** Every group of the transport kit, in the order of its report. */
export const transportGroups: readonly CaseGroup<TransportContext>[] = [
  life,
  ...unsupported,
  topics,
  offsets,
  deleteRecords,
  produce,
  produceFailures,
  reading,
  steering,
  readerErrors,
  readerBehind,
  compaction,
  membership,
  memberPolling,
  memberIsolation,
  ...rebalances,
  ...rejoining,
  cooperation,
  growth,
  vanishingTopics,
  expiry,
  staticMembership,
  transactions,
  aborts,
  transactionStates,
  transactionOffsets,
  zombies,
  ...faultProducing,
  faultCommits,
  ...faultTransactions,
  faultReading,
  outage,
  durability,
  durableTransactions,
]
