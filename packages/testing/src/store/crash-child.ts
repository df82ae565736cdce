/**
 * The process that is killed. It is a text, run by `node --eval`, because it has to run the same from sources and from
 * the built package, and on Nodes that run no TypeScript. It reports on standard output with synchronous writes, which
 * survive a SIGKILL once they are in the pipe.
 *
 * Arguments: the adapter's module, a directory, the plan (a JSON file, see `CrashPlan`), the epoch, and what to do as JSON
 * (see `CrashWork`): without, it only tells what it finds.
 */
export const CRASH_CHILD = `
import { readFileSync, writeSync } from 'node:fs'
const [module, directory, planFile, epoch, todo] = process.argv.slice(1)
const { resume, trap, hold } = todo === undefined ? {} : JSON.parse(todo)
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
const { batches, resets, shards } = JSON.parse(readFileSync(planFile, 'utf8'))
const encoder = new TextEncoder()
const { createStore } = await import(module)
const store = await createStore(directory)
await store.start({ app: 'crash', clock, logger })
const open = (partition) => store.open('table', partition, { mode: 'active', epoch: Number(epoch) })
const opened = await Promise.all(Array.from({ length: shards }, (_, partition) => open(partition)))
for (const [partition, shard] of opened.entries()) {
  const items = []
  for await (const chunk of shard.range()) for (const item of chunk) items.push([hex(item.key), hex(item.value)])
  say({ found: partition, position: shard.position, items })
}
say({ listed: (await store.list()).length })
// Dies by its own hand where the store takes this member of what it is given: no timer hits so small a gap.
let toCome = trap?.write ?? -1
const dieAt = (object, member, reads) => {
  const value = object[member]
  const die = () => {
    if (--reads === 0) process.kill(process.pid, 'SIGKILL')
    return value
  }
  Object.defineProperty(object, member, { get: die, enumerable: true })
}
const work = async (shard, partition) => {
  let use = 'serve'
  for (let offset = shard.position === null ? Number(resume[partition]) : shard.position.offset + 1; ; offset++) {
    const reset = resets[offset % resets.length]
    if (reset === 'clear') await shard.clear()
    if (reset === 'tune') await shard.tune?.((use = use === 'serve' ? 'restore' : 'serve'))
    if (reset === 'reopen' || reset === 'destroy') {
      await shard.close()
      if (reset === 'destroy') await store.destroy('table', partition)
      shard = await open(partition)
      use = 'serve'
    }
    const entries = batches[offset % batches.length].map(([key, value]) => ({
      key: encoder.encode(key),
      value: value === null ? null : encoder.encode(offset + ':' + value),
    }))
    const position = { log: 'log', offset, time: offset * 2, note: 'n' + offset }
    if (toCome-- === 0) dieAt(...(trap.entry === undefined ? [position, 'offset'] : [entries[trap.entry], 'value']), trap.read)
    await shard.write({ entries, position })
    say({ written: offset, partition })
    // Stores that answer at once would otherwise never let this process do anything else.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
if (resume !== undefined) await Promise.all(opened.map(work))
// Until it is killed.
if (hold === true) await new Promise((resolve) => void setInterval(resolve, 2 ** 30))
await store.close()
`
