// What tests do in a process of its own: `node child.mjs <mode> <directory>`. It tells facts as lines of JSON.
import { writeSync } from 'node:fs'
import { silentLogger, systemClock } from '@faust/core'
import { rocksdbStore } from '@faust/store-rocksdb'

const [mode, directory] = process.argv.slice(2)
const nothing = () => {}
const tell = (fact) => writeSync(1, `${JSON.stringify(fact)}\n`)
const failure = (error) => ({ code: error.code, message: error.message })
const at = (offset) => ({ log: 'log', offset, time: 0, note: '' })

const store = rocksdbStore({ directory })
await store.start({ app: 'app', clock: systemClock(), logger: silentLogger })
const shard = await store.open('table', 0, { mode: 'active', epoch: 1 })

const modes = {
  /** Has the directory until it is killed. */
  hold: () => setInterval(nothing, 1000),

  /** Writes until a file is as large as it may get, tries again, and again after a new open. */
  async fill() {
    let offset = -1
    const write = () =>
      shard.write({ entries: [{ key: Uint8Array.of(1), value: new Uint8Array(40_000) }], position: at(offset + 1) })
    try {
      for (;;) {
        await write()
        offset++
      }
    } catch (error) {
      tell({ failed: failure(error), offset })
    }
    tell({ again: await write().then(nothing, failure), offset, position: shard.position })
    await shard.close().catch(nothing)
    process.exit()
  },
}

tell({ opened: true })
await modes[mode]()
