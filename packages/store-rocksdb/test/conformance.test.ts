import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeArguments } from '@faust-tools/test-support'
import { storeConformance } from '@faust/testing'
import { afterAll, test } from 'vitest'
import { rocksdbStore } from '../src/index.ts'

const temporary = mkdtempSync(join(tmpdir(), 'store-rocksdb-'))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

storeConformance({
  test: (name, run) => test(name, run, 70_000),
  create: ({ place }) => rocksdbStore({ directory: join(temporary, place) }),
  unusable() {
    writeFileSync(join(temporary, 'file'), '')
    return rocksdbStore({ directory: join(temporary, 'file', 'below') })
  },
  crash: { module: new URL('crash-store.mjs', import.meta.url).href, execArgv: nodeArguments(import.meta.url) },
})
