/**
 * The process that is killed. It is a text, run by `node --eval`, because it has to run the same from sources and from
 * the built package, and on Nodes that run no TypeScript. It reports on standard output with synchronous writes, which
 * survive a SIGKILL once they are in the pipe.
 *
 * Arguments: the adapter's module, a directory, the plan (a JSON file of batches), `write` or `read`.
 */
export const CRASH_CHILD = `
import { readFileSync, writeSync } from 'node:fs'
const [module, directory, planFile, mode] = process.argv.slice(1)
const say = (fact) => writeSync(1, JSON.stringify(fact) + '\\n')
const hex = (bytes) => Buffer.from(bytes).toString('hex')
const nothing = () => undefined
const logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing, child: () => logger }
const clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, delay) => {
    const handle = setTimeout(callback, delay)
    return { cancel: () => clearTimeout(handle) }
  },
  setImmediate: (callback) => void setImmediate(callback),
  random: () => Math.random(),
  uuid: () => crypto.randomUUID(),
}
const { createStore } = await import(module)
const store = await createStore(directory)
say({ loaded: true })
await store.start({ app: 'crash', clock, logger })
const shard = await store.open('table', 0, { mode: 'active', epoch: 1 })
if (mode === 'write') {
  const plan = JSON.parse(readFileSync(planFile, 'utf8'))
  const encoder = new TextEncoder()
  for (let offset = (shard.position?.offset ?? -1) + 1; ; offset++) {
    const entries = plan[offset % plan.length].map(([key, value]) => ({
      key: encoder.encode(key),
      value: value === null ? null : encoder.encode(offset + ':' + value),
    }))
    await shard.write({ entries, position: { log: 'log', offset, time: offset * 2, note: 'n' + offset } })
    say({ written: offset })
    // Stores that answer at once would otherwise never let this process do anything else.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const items = []
for await (const chunk of shard.range()) for (const item of chunk) items.push([hex(item.key), hex(item.value)])
say({ position: shard.position, items, listed: await store.list() })
await store.close()
`
