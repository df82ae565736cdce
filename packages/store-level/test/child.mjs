// What tests do in a process of its own: `node child.mjs <mode> <directory>`. It tells facts as lines of JSON.
import { writeSync } from 'node:fs'
import { silentLogger, systemClock } from '@faust/core'
import { levelStore } from '@faust/store-level'

const [mode, directory] = process.argv.slice(2)
const nothing = () => {}
const tell = (fact) => writeSync(1, `${JSON.stringify(fact)}\n`)
const failure = (error) => ({ code: error.code, message: error.message, cause: error.cause?.code })
const at = (offset) => ({ log: 'log', offset, time: 0, note: '' })

const store = levelStore({ directory, writeBufferSize: 65_536 })
try {
  await store.start({ app: 'app', clock: systemClock(), logger: silentLogger })
} catch (error) {
  tell({ failed: failure(error) })
  process.exit()
}
const shard = await store.open('table', 0, { mode: 'active', epoch: 1 })

const modes = {
  /** Has the directory until it is killed. */
  hold: () => setInterval(nothing, 1000),

  /** Writes batches of one version each and empties the shard in between. */
  async churn() {
    const size = 300
    for (let version = 0; ; version++) {
      const value = new TextEncoder().encode(`${version}:`.padEnd(200, 'x'))
      const entries = Array.from({ length: size }, (_, number) => ({ key: Uint8Array.of(number >> 8, number), value }))
      await shard.write({ entries, position: at(version) })
      tell({ written: version })
      if (version % 2 === 1) await shard.clear()
      tell({ cleared: version % 2 === 1 })
    }
  },

  /** Writes until a file is as large as it may get, tries again, and again after a new start. */
  async fill() {
    let last = shard
    let offset = -1
    const write = () =>
      last.write({ entries: [{ key: Uint8Array.of(1), value: new Uint8Array(40_000) }], position: at(offset + 1) })
    try {
      for (;;) {
        await write()
        offset++
      }
    } catch (error) {
      tell({ failed: failure(error), offset })
    }
    tell({ again: await write().then(nothing, failure), offset, position: last.position })
    await last.close()
    last = await store.open('table', 0, { mode: 'active', epoch: 1 })
    tell({ offset, position: last.position })
    await store.close()
  },
}

tell({ opened: true })
await modes[mode]()
