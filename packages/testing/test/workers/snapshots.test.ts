import assert from 'node:assert/strict'
import { embeddedTransport, isFaustError, silentLogger, type SnapshotTarget } from '@faust/core'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew(2)))
afterEach(() => crew.end())

interface Memory extends SnapshotTarget {
  readonly objects: Map<string, Uint8Array>
}

/** An object store, as a plugin would be. */
function memoryTarget(): Memory {
  const objects = new Map<string, Uint8Array>()
  return {
    objects,
    async write(name, chunks) {
      const parts: Uint8Array[] = []
      for await (const chunk of chunks) parts.push(chunk.slice())
      objects.set(name, Buffer.concat(parts))
    },
    async *read(name) {
      yield objects.get(name)!
    },
    list: async (prefix) => [...objects.keys()].filter((name) => name.startsWith(prefix)),
  }
}

const records = (restores: readonly { done: number; total: number; records: number }[]): number =>
  restores.reduce((sum, { done, total, records: read }) => sum + (done === total ? read : 0), 0)

/** Counts 400 records, takes a snapshot, counts 30 more. */
async function withSnapshot(target: Memory): Promise<Map<string, number>> {
  const one = await crew.start('one', { table: { snapshots: target } })
  await crew.feed(400)
  await crew.until('all is counted', () => crew.counted())
  assert.equal(await crew.clock.run(() => one.app.commit()), true)
  const written = await crew.clock.run(() => one.table.snapshot())
  assert.deepEqual(
    written.map(({ partition }) => partition),
    [0, 1],
  )
  await crew.feed(30)
  await crew.until('all is counted', () => crew.counted())
  const counts = await crew.counts()
  await one.stop({ leave: true })
  return counts
}

test('a worker with nothing begins with the snapshot and reads the rest of the changelog', async () => {
  const target = memoryTarget()
  const expected = await withSnapshot(target)
  const two = await crew.start('two', { table: { snapshots: target } })
  assert.deepEqual(await crew.counts(), expected)
  assert.ok(records(two.restores) <= 30, `${records(two.restores)} records`)
})

test('a damaged snapshot is passed over for an older one, and the changelog serves when there is none', async () => {
  const target = memoryTarget()
  const expected = await withSnapshot(target)
  for (const [name, bytes] of target.objects) {
    // A newer one that is damaged at its end, so that most of it was already written to the shard.
    const damaged = bytes.slice(0, -4)
    target.objects.set(name.replace(/\d$/, '9'), damaged)
  }
  const two = await crew.start('two', { table: { snapshots: target } })
  assert.deepEqual(await crew.counts(), expected)
  await two.stop({ leave: true })
  for (const [name, bytes] of target.objects) target.objects.set(name, bytes.slice(0, -4))
  const three = await crew.start('three', { table: { snapshots: target } })
  assert.deepEqual(await crew.counts(), expected)
  assert.ok(records(three.restores) > 0)
})

test('a target that does not answer costs only time', async () => {
  const expected = await withSnapshot(memoryTarget())
  const target: SnapshotTarget = { ...memoryTarget(), list: () => Promise.reject(new Error('503')) }
  await crew.start('two', { table: { snapshots: target } })
  assert.deepEqual(await crew.counts(), expected)
})

test('a target that gives nothing for half a minute is passed over, in the midst of an object too', async () => {
  const target = memoryTarget()
  const expected = await withSnapshot(target)
  const silent: SnapshotTarget = {
    ...target,
    async *read(name) {
      yield target.objects.get(name)!.slice(0, 20)
      await new Promise(() => {})
    },
  }
  const two = await crew.start('two', { table: { snapshots: silent } })
  assert.deepEqual(await crew.counts(), expected)
  assert.ok(records(two.restores) > 30)
  await two.stop({ leave: true })
  await crew.start('three', { table: { snapshots: { ...target, list: () => new Promise(() => {}) } } })
  assert.deepEqual(await crew.counts(), expected)
})

test('makes a table whole whose changelog has lost its beginning', async () => {
  const target = memoryTarget()
  const expected = await withSnapshot(target)
  const operator = embeddedTransport({ log: crew.log })
  await operator.start({ app: 'operator', clock: crew.clock, logger: silentLogger })
  const before = [...target.objects.keys()].map((name) => {
    const [topic, partition, offset] = name.split('/')
    return { topic: topic!, partition: Number(partition), offset: Number(offset) + 1 }
  })
  await crew.clock.run(() => operator.admin.deleteRecords(before))
  await crew.start('two', { table: { snapshots: target } })
  assert.deepEqual(await crew.counts(), expected)
})

test('without a target there is nothing to write to', async () => {
  const one = await crew.start('one')
  await assert.rejects(one.table.snapshot(), (error) => isFaustError(error, 'FAUST_SETTING_INVALID'))
})

/** Takes one chunk of an object and stops there; says whether it was told to, and what its next question brings. */
function stuckTarget(): SnapshotTarget & { readonly writes: { signal: AbortSignal; next: () => Promise<unknown> }[] } {
  const writes: { signal: AbortSignal; next: () => Promise<unknown> }[] = []
  return {
    ...memoryTarget(),
    writes,
    async write(_name, chunks, signal) {
      const source = chunks[Symbol.asyncIterator]()
      await source.next()
      writes.push({ signal, next: () => source.next() })
      await new Promise(() => {})
    },
  }
}

for (const end of ['its caller ends it', 'the app stops'] as const) {
  test(`a snapshot whose target is stuck ends when ${end}, and leaves no object that looks whole`, async () => {
    const one = await crew.start('one')
    await crew.feed(40)
    await crew.until('all is counted', () => crew.counted())
    await crew.clock.run(() => one.app.commit())
    const target = stuckTarget()
    const caller = new AbortController()
    const taken = one.table.snapshot({ target, signal: caller.signal }).catch((error: unknown) => error)
    await crew.until('the target is stuck', () => target.writes.length === 1)
    const begun = crew.clock.monotonic()
    if (end === 'the app stops') await one.stop()
    else caller.abort()
    const error = await crew.clock.run(() => taken)
    assert.ok(isFaustError(error, 'FAUST_ABORTED'), String(error))
    assert.ok(crew.clock.monotonic() - begun < 10_000)
    const [{ next, signal }] = target.writes as [{ signal: AbortSignal; next: () => Promise<unknown> }]
    assert.ok(signal.aborted)
    await assert.rejects(next(), (told) => isFaustError(told, 'FAUST_ABORTED'))
  })
}

for (const call of ['list', 'read'] as const) {
  test(`a stop does not wait for a target that gives a restore no answer to ${call}`, async () => {
    const signals: AbortSignal[] = []
    const stuck = (signal: AbortSignal): Promise<never> => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const target: SnapshotTarget = {
      ...memoryTarget(),
      list: (prefix, signal) => (call === 'list' ? stuck(signal) : Promise.resolve([`${prefix}0`])),
      async *read(_name, signal) {
        yield await stuck(signal)
      },
    }
    const one = await crew.start('one')
    await crew.feed(40)
    await crew.until('all is counted', () => crew.counted())
    const two = await crew.start('two', { table: { snapshots: target } })
    await crew.until('both have partitions', () => one.live().length === 1 && two.live().length === 1)
    assert.ok(signals.length > 0 && signals.every(({ aborted }) => aborted))
    signals.length = 0
    await one.stop({ leave: true })
    await crew.until('the target is asked', () => signals.length > 0)

    const begun = crew.clock.monotonic()
    await two.stop()
    assert.ok(crew.clock.monotonic() - begun < 10_000)
    assert.ok(signals.every(({ aborted }) => aborted))
  })
}

test('options of a snapshot that do not exist are refused, a target in their place too', async () => {
  const one = await crew.start('one')
  await assert.rejects(one.table.snapshot(memoryTarget() as object), (error) =>
    isFaustError(error, 'FAUST_SETTING_INVALID'),
  )
})
