import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmbeddedLog, embeddedTransport } from '@faust/core'
import type { EmbeddedLog } from '@faust/core'
import { transportConformance, virtualClock } from '@faust/testing'
import { afterAll, test } from 'vitest'

const directory = mkdtempSync(join(tmpdir(), 'embedded-log-'))
// Its files are written at once, so nothing of it takes real time and the clock may be moved by hand.
const clock = virtualClock()
const open = (): EmbeddedLog => createEmbeddedLog({ directory, clock })
let log = open()

afterAll(async () => {
  await log.close()
  rmSync(directory, { recursive: true })
})

transportConformance({
  test: (name, run) => test(name, () => clock.run(run)),
  create: () => embeddedTransport({ log }),
  clock,
  timing: { transactionCheck: 10_000 },
  log: {
    compact: (topic) => log.compact(topic),
    addPartitions: (topic, partitions) => void log.createPartitions(topic, partitions),
    async restart() {
      await log.close()
      log = open()
    },
  },
})
