import { storeConformance } from '@faust/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { modelStores } from './model-store.ts'
import { runKit } from './run-kit.ts'

const module = new URL('./fixtures/file-store.mjs', import.meta.url).href
const create = modelStores({ persistent: true, shared: false, identity: false })

afterEach(() => {
  delete process.env['FILE_STORE_FAULT']
})

/** What the cases say that match, with one chance alone: they hit the weak moment always. */
async function surely(fault: string, matching: RegExp): Promise<string[]> {
  process.env['FILE_STORE_FAULT'] = fault
  const { failed } = await runKit((it) => storeConformance({ test: it, create, crash: { module } }), matching)
  return [...failed.values()].map(({ message }) => message)
}

async function crashWith(fault: string): Promise<Error[]> {
  process.env['FILE_STORE_FAULT'] = fault
  const errors: Error[] = []
  // A kill hits the weak moment by chance: a few runs with other chances are enough.
  for (let seed = 1; seed <= 6 && errors.length === 0; seed++) {
    const { failed } = await runKit(
      (it) => storeConformance({ test: it, create, crash: { module }, seed }),
      /store: crash, /,
    )
    errors.push(...failed.values())
  }
  return errors
}

describe('the crash cases', () => {
  test('let a store pass that writes as one', async () => {
    const { passed, failed } = await runKit(
      (it) => storeConformance({ test: it, create, crash: { module } }),
      /store: (crash|processes), /,
    )
    expect([passed.length, [...failed.values()]]).toEqual([9, []])
  }, 180_000)

  test('catch a store whose settled writes die with it', async () => {
    expect((await crashWith('late'))[0]?.message).toMatch(/shards are there again after the process died/)
  }, 180_000)

  test('catch a store that writes the position apart from the entries', async () => {
    expect((await crashWith('position first'))[0]?.message).toMatch(/all entries and the position, or nothing/)
  }, 180_000)

  test('always catch a store that writes entry by entry, or the position in a step of its own', async () => {
    const whole = expect.stringMatching(/all entries and the position, or nothing/)
    expect(await surely('entry by entry', /dies in the middle of a batch has/)).toEqual([whole])
    expect(await surely('entry by entry in a restore', /dies in the middle of a batch/)).toEqual([whole])
    expect(await surely('position last', /dies between entries and position/)).toEqual([whole])
  }, 180_000)

  test('always catch a store that two processes get at', async () => {
    expect(await surely('no lock', /processes, a second process/)).toEqual([
      expect.stringMatching(/belongs to one process at a time/),
    ])
  }, 180_000)

  test('catch a store that empties a shard in two steps', async () => {
    expect((await crashWith('empties slowly'))[0]?.message).toMatch(/all entries and the position, or nothing/)
  }, 180_000)

  test('catch a store that cannot be opened after a crash', async () => {
    expect((await crashWith('in place'))[0]?.message).toMatch(/The process that uses the store failed/)
  }, 180_000)
})
