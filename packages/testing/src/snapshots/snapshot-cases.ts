import type { MaybePromise, SnapshotTarget } from '@faust/core'
import { utf8 } from '../kit/bytes.ts'
import { equal, fail, ok, settle } from '../kit/check.ts'
import { createGate } from '../kit/gate.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { SeededRandom } from '../random/seeded-random.ts'

/** What a case of the kit for snapshot targets works with. */
export interface SnapshotContext {
  readonly random: SeededRandom
  /** A folder that no other case knows. */
  readonly table: string
  create(): MaybePromise<SnapshotTarget>
}

const BACK = 'read: the bytes of an object, as they were written'
const WHOLE = 'write: an object is written as one, and nobody ever reads a part of it'
const FAILED = 'write: nothing is left of an object whose chunks fail'
const LIST = 'list: the names that begin with the prefix'

const { signal } = new AbortController()

/** Everything that a place for snapshots promises. */
export const snapshotCases: CaseGroup<SnapshotContext> = {
  name: 'target',
  cases: {
    'bytes come back, however they were cut into chunks': async ({ create, table, random }) => {
      const target = await create()
      for (const [index, sizes] of [[], [0], [1], [4, 0, 3], [70_000, 1, 300_000], [3_000_000]].entries()) {
        const chunks = sizes.map((size) => random.bytes(size))
        await target.write(`${table}/0/${index}`, stream(chunks), signal)
        same(await read(target, `${table}/0/${index}`), Buffer.concat(chunks), BACK)
      }
    },

    'an object that is missing is an error': async ({ create, table }) => {
      const target = await create()
      await isMissing(target, `${table}/0/1`, 'read: a missing object is an error')
      await target.write(`${table}/0/1`, stream([utf8('one')]), signal)
      await isMissing(target, `${table}/0/2`, 'read: a missing object is an error, also beside others')
    },

    'a folder lists its own objects, by their whole names': async ({ create, table }) => {
      const target = await create()
      equal(await target.list(`${table}/1/`, signal), [], 'list: a folder that nobody wrote to is empty')
      const names = [`${table}/1/0000000000000007`, `${table}/1/0000000000000012`]
      for (const name of [...names, `${table}/10/0000000000000001`, `${table}-2/1/0000000000000001`]) {
        await target.write(name, stream([utf8(name)]), signal)
      }
      equal([...(await target.list(`${table}/1/`, signal))].toSorted(), names, LIST)
    },

    'an object of the same name is replaced': async ({ create, table }) => {
      const target = await create()
      for (const text of ['the first, which is longer', 'the second']) {
        await target.write(`${table}/0/1`, stream([utf8(text)]), signal)
        same(await read(target, `${table}/0/1`), utf8(text), 'write: an old object of that name is replaced')
      }
      equal(await target.list(`${table}/0/`, signal), [`${table}/0/1`], LIST)
    },

    'the two newest names of a folder stay': async ({ create, table }) => {
      const target = await create()
      const names = [1, 2, 3, 4, 5].map((offset) => `${table}/0/${String(offset).padStart(16, '0')}`)
      for (const name of names) await target.write(name, stream([utf8(name)]), signal)
      const listed = await target.list(`${table}/0/`, signal)
      for (const name of names.slice(-2)) {
        ok(listed.includes(name), 'write: objects may go as the target sees fit, but the two newest names of a folder')
        same(await read(target, name), utf8(name), BACK)
      }
    },

    'another worker finds what one has written': async ({ create, table }) => {
      const [one, two] = [await create(), await create()]
      await one.write(`${table}/0/1`, stream([utf8('of one')]), signal)
      equal(await two.list(`${table}/0/`, signal), [`${table}/0/1`], LIST)
      same(await read(two, `${table}/0/1`), utf8('of one'), BACK)
    },

    'nobody sees an object before it is whole': async ({ create, table }) => {
      const [writer, reader] = [await create(), await create()]
      await writer.write(`${table}/0/1`, stream([utf8('old')]), signal)
      for (const name of [`${table}/0/1`, `${table}/0/2`]) {
        const [begun, goOn] = [createGate(), createGate()]
        const writing = settle(() => writer.write(name, halting(begun.open, goOn.passed), signal))
        await begun.passed
        if (name.endsWith('1')) same(await read(reader, name), utf8('old'), WHOLE)
        else await isMissing(reader, name, WHOLE)
        equal([...(await reader.list(`${table}/0/`, signal))], [`${table}/0/1`], `${LIST}, whole ones only`)
        goOn.open()
        equal((await writing).error, undefined, WHOLE)
      }
      equal((await read(reader, `${table}/0/1`)).length, 200_000, WHOLE)
    },

    'chunks that fail leave what was there before': async ({ create, table }) => {
      const target = await create()
      await target.write(`${table}/0/1`, stream([utf8('old')]), signal)
      for (const name of [`${table}/0/1`, `${table}/0/2`]) {
        const { error } = await settle(() => target.write(name, failing(), signal))
        ok(error !== undefined, 'write: it rejects when its chunks fail')
      }
      same(await read(target, `${table}/0/1`), utf8('old'), FAILED)
      await isMissing(target, `${table}/0/2`, FAILED)
      equal(await target.list(`${table}/0/`, signal), [`${table}/0/1`], FAILED)
    },

    'calls at once do not disturb each other': async ({ create, table, random }) => {
      const [one, two] = [await create(), await create()]
      const bodies = Array.from({ length: 8 }, () => random.bytes(50_000))
      const nameOf = (index: number): string => `${table}/${index}/1`
      await Promise.all(bodies.map((body, index) => one.write(nameOf(index), stream([body]), signal)))
      const found = await Promise.all(bodies.map((_, index) => read(two, nameOf(index))))
      for (const [index, body] of bodies.entries()) same(found[index]!, body, BACK)
      // Two workers write one object: the last one wins, and what is read is the one or the other.
      const [first, second] = [random.bytes(300_000), random.bytes(200_000)]
      const write = (target: SnapshotTarget, body: Uint8Array): Promise<void> =>
        target.write(`${table}/both/1`, stream([body.subarray(0, 1000), body.subarray(1000)]), signal)
      await Promise.all([write(one, first), write(two, second)])
      const last = await read(one, `${table}/both/1`)
      if (Buffer.compare(last, first) !== 0) same(last, second, WHOLE)
    },
  },
}

/** No difference is shown: objects are large. */
function same(found: Uint8Array, written: Uint8Array, rule: string): void {
  const seen = `${written.length} bytes were written, and ${found.length} were read, or others`
  ok(Buffer.compare(found, written) === 0, rule, seen)
}

/** Chunks of an object, each in a turn of its own. */
async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await Promise.resolve()
    yield chunk
  }
}

/** Half of an object, then a wait, then the other half. */
async function* halting(begun: () => void, goOn: Promise<void>): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(100_000)
  begun()
  await goOn
  yield new Uint8Array(100_000)
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(100_000)
  await Promise.resolve()
  throw new Error('The store that is read has failed')
}

/** All chunks are kept to the end: a target must not use their bytes again. */
async function read(target: SnapshotTarget, name: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of target.read(name, signal)) {
    ok(chunk instanceof Uint8Array, 'read: chunks are Uint8Arrays')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function isMissing(target: SnapshotTarget, name: string, rule: string): Promise<void> {
  const { error, value } = await settle(() => read(target, name))
  if (error === undefined) fail(rule, `It gave ${(value as Uint8Array).length} bytes`)
}
