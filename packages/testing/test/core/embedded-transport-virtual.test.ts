import { createEmbeddedLog, embeddedTransport } from '@faust/core'
import type { Transport } from '@faust/core'
import { transportConformance, virtualClock } from '@faust/testing'
import { test } from 'vitest'
import { linkFaults, TroubledLink } from './embedded-faults.ts'

// The same promises on a clock that is moved by hand: sessions expire and transactions time out in no time, and a run
// is the same every time.
const clock = virtualClock({ seed: 7 })
const log = createEmbeddedLog({ clock })
const links = new WeakMap<Transport, TroubledLink>()

transportConformance({
  test: (name, run) => test(name, () => clock.run(run)),
  create() {
    const link = new TroubledLink(clock)
    const transport = embeddedTransport({ log, link: (broker) => link.wrap(broker) })
    links.set(transport, link)
    return transport
  },
  clock,
  // As slow as a Kafka cluster: it costs nothing here.
  timing: { patience: 20_000, session: 6000, rebalance: 60_000, transaction: 2000, transactionCheck: 10_000 },
  faults: linkFaults(links),
  log: { compact: (topic) => log.compact(topic) },
})
