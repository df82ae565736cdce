import { createEmbeddedLog, embeddedTransport, systemClock } from '@faust/core'
import type { Transport } from '@faust/core'
import { transportConformance } from '@faust/testing'
import { test } from 'vitest'
import { linkFaults, TroubledLink } from './embedded-faults.ts'

const log = createEmbeddedLog({ transactionCheckInterval: 100 })
const links = new WeakMap<Transport, TroubledLink>()

transportConformance({
  test,
  create() {
    const link = new TroubledLink(systemClock())
    const transport = embeddedTransport({ log, link: (broker) => link.wrap(broker) })
    links.set(transport, link)
    return transport
  },
  // In real time, on a machine that may be busy.
  timing: { patience: 20_000, bound: 50_000 },
  faults: linkFaults(links),
  log: {
    compact: (topic) => log.compact(topic),
    addPartitions: (topic, partitions) => void log.createPartitions(topic, partitions),
  },
})
