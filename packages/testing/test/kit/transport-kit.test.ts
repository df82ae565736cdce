import { createEmbeddedLog, embeddedTransport, systemClock } from '@faust/core'
import type { Transport } from '@faust/core'
import { transportConformance } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { linkFaults, TroubledLink } from '../core/embedded-faults.ts'
import { override, runKit } from './run-kit.ts'
import { GROUP_DEFECTS } from './defects/groups.ts'
import { READING_DEFECTS } from './defects/reading.ts'
import { RECORD_DEFECTS } from './defects/records.ts'
import { TRANSACTION_DEFECTS } from './defects/transactions.ts'
import { defective } from './transport-defects.ts'

const EMBEDDED = { durable: false, transactions: true, cooperative: true, staticMembership: true, deleteRecords: true }

/** Short waits: what is caught is mostly caught by a wait that is in vain. */
const TIMING = { patience: 1500, quiet: 150, session: 600, transaction: 200, bound: 15_000 }

describe('a transport is caught that', () => {
  for (const defect of [...RECORD_DEFECTS, ...READING_DEFECTS, ...GROUP_DEFECTS, ...TRANSACTION_DEFECTS]) {
    test.concurrent(defect.what, async () => {
      const log = createEmbeddedLog({ transactionCheckInterval: 50 })
      const { passed, failed } = await runKit(
        (register) =>
          transportConformance({
            test: register,
            create: () => defective(embeddedTransport({ log }), defect),
            timing: TIMING,
          }),
        defect.noticedBy,
      )
      expect(passed, 'cases that noticed nothing').toEqual([])
      expect(failed.size).toBeGreaterThan(0)
      for (const error of failed.values()) {
        expect(error.message).toMatch(/^The contract: |^Waited \d+ ms in vain: |within \d+ ms/)
      }
      await log.close()
    })
  }

  test('repeats what it cannot recognise again', async () => {
    const log = createEmbeddedLog()
    const links = new WeakMap<Transport, TroubledLink>()
    const create = (): Transport => {
      const link = new TroubledLink(systemClock())
      const transport = embeddedTransport({ log, link: (broker) => withoutIdempotence(link.wrap(broker)) })
      links.set(transport, link)
      return transport
    }
    const { passed, failed } = await runKit(
      (register) => transportConformance({ test: register, create, faults: linkFaults(links), timing: TIMING }),
      /lost produce answer, (?!a rejected)/,
    )
    expect([passed, failed.size]).toEqual([[], 3])
  })

  for (const capability of ['transactions', 'cooperative', 'staticMembership', 'deleteRecords'] as const) {
    test(`does what it does not claim: ${capability}`, async () => {
      const log = createEmbeddedLog()
      const supports = { ...EMBEDDED, [capability]: false }
      const { failed } = await runKit(
        (register) =>
          transportConformance({
            test: register,
            create: () => override<Transport>(embeddedTransport({ log }), { supports }),
            timing: TIMING,
          }),
        /: without /,
      )
      expect([...failed.values()].map((error) => error.message)).toEqual([
        expect.stringContaining('what the manifest does not claim throws FAUST_NOT_SUPPORTED'),
      ])
    })
  }
})

/** A link on which producers have no id: what is sent again is stored again. */
function withoutIdempotence(broker: ReturnType<TroubledLink['wrap']>): typeof broker {
  return override(broker, {
    produce: (request) =>
      broker.produce({ ...request, batches: request.batches.map((batch) => ({ ...batch, producerId: -1 })) }),
  })
}
