import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmbeddedLog, embeddedTransport } from '@faust/core'
import type { EmbeddedLog } from '@faust/core'
import { transportConformance } from '@faust/testing'
import { afterAll, test } from 'vitest'

const directory = mkdtempSync(join(tmpdir(), 'embedded-log-'))
const open = (): EmbeddedLog => createEmbeddedLog({ directory, transactionCheckInterval: 100 })
let log = open()

afterAll(async () => {
  await log.close()
  rmSync(directory, { recursive: true })
})

transportConformance({
  test,
  create: () => embeddedTransport({ log }),
  log: {
    compact: (topic) => log.compact(topic),
    addPartitions: (topic, partitions) => void log.createPartitions(topic, partitions),
    async restart() {
      await log.close()
      log = open()
    },
  },
})
