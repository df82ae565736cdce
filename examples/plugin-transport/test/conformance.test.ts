// Every promise of the transport contract, one test each, on a clock that is moved by hand: so nothing is waited for.
import { test } from 'node:test'
import { createEmbeddedLog, embeddedTransport } from '@faust/core'
import { transportConformance, virtualClock } from '@faust/testing'
import { meteredTransport } from '../src/index.ts'

const clock = virtualClock()
const log = createEmbeddedLog({ clock, transactionCheckInterval: 100 })
transportConformance({
  test: (name, run) => void test(name, () => clock.run(async () => await run())),
  create: () => meteredTransport(embeddedTransport({ log }), { onSent: () => {} }),
  clock,
})
