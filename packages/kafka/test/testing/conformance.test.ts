import { createEmbeddedLog } from '@faust/core'
import type { Transport } from '@faust/core'
import type { FaultRequest } from '@faust/testing'
import { transportConformance, virtualClock } from '@faust/testing'
import { test } from 'vitest'
import { brokerDouble } from '../../src/testing/index.ts'
import type { DoubleLink, DoubleTransport } from '../../src/testing/index.ts'

// Everything that a Kafka transport promises, over the double and on a clock that is moved by hand.
const clock = virtualClock({ seed: 7 })
const log = createEmbeddedLog({ clock })
const double = brokerDouble({ log, clock })

const APIS: Readonly<Record<FaultRequest, string>> = {
  produce: 'Produce',
  commit: 'OffsetCommit',
  'offsets-to-transaction': 'TxnOffsetCommit',
  'end-transaction': 'EndTxn',
}

const linkOf = (transport: Transport): DoubleLink => (transport as DoubleTransport).link

transportConformance({
  test: (name, run) => test(name, () => clock.run(run)),
  create: () => double.transport(),
  clock,
  // Partition counts are looked at every minute.
  timing: { patience: 70_000, session: 6000, rebalance: 60_000, transaction: 2000, transactionCheck: 10_000 },
  faults: {
    disconnect: (transport) => linkOf(transport).disconnect(),
    cut: (transport) => linkOf(transport).cut(),
    mend: (transport) => linkOf(transport).mend(),
    loseNextAnswer: (transport, request) => linkOf(transport).next(APIS[request], { kind: 'answer-lost' }),
    loseNextRequest: (transport, request) => linkOf(transport).next(APIS[request], { kind: 'request-lost' }),
    delayNextAnswer: (transport, request, by) => linkOf(transport).next(APIS[request], { kind: 'late', by }),
  },
  log: {
    compact: (topic) => log.compact(topic),
    addPartitions: (topic, partitions) => void log.createPartitions(topic, partitions),
  },
})
