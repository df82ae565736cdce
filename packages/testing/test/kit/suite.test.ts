import { embeddedStore, embeddedTransport, json } from '@faust/core'
import type { StoreSupports } from '@faust/core'
import { sensorConformance, serializerConformance, storeConformance, transportConformance } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { runKit } from './run-kit.ts'

function register(skip: Record<string, string>): string[] {
  const names: string[] = []
  storeConformance({ test: (name) => names.push(name), create: () => embeddedStore(), skip })
  return names
}

describe('skips', () => {
  test('a skipped case is a test whose name says why', async () => {
    const skip = { 'batch, a large batch is one write': 'this store splits batches beyond 1,000 entries' }
    const names = register(skip).filter((name) => name.includes('large batch'))
    expect(names).toEqual([
      'store: batch, a large batch is one write (skipped: this store splits batches beyond 1,000 entries)',
    ])
    const { passed } = await runKit(
      (it) => storeConformance({ test: it, create: () => embeddedStore(), skip }),
      /skipped/,
    )
    expect(passed).toHaveLength(1)
  })

  test('a name that no case has is an error, which lists the names near it', () => {
    expect(() => register({ 'batch, a huge batch is one write': 'too large' })).toThrow(
      /no case "batch, a huge batch is one write".*\n(.*\n)*.*batch, a large batch is one write/,
    )
    expect(() => register({ 'nothing like it': 'because' })).toThrow(/no case "nothing like it"/)
  })

  test('a reason must be given', () => {
    expect(() => register({ 'batch, a large batch is one write': '  ' })).toThrow(/needs a written reason/)
  })

  test('a case of an unclaimed capability may be skipped', () => {
    expect(() => register({ 'persistence, ten restarts lose nothing': 'flaky file system' })).not.toThrow()
  })
})

describe('what is not tried', () => {
  const names = (supports: StoreSupports): string[] => {
    const all: string[] = []
    storeConformance({ test: (name) => all.push(name), create: () => embeddedStore(), supports })
    return all.filter((name) => name.includes('not proved'))
  }
  const local = { persistent: false, shared: false, identity: false }

  test('is told where a claim needs the help of its owner', () => {
    expect(names({ ...local, persistent: true })).toEqual([
      'store: unusable place (not proved: pass `unusable`)',
      'store: crash (not proved: pass `crash`)',
      'store: processes (not proved: pass `crash`)',
    ])
  })

  test('is told of bytes that no serializer was given', () => {
    const all: string[] = []
    serializerConformance({ test: (name) => all.push(name), create: () => json(), values: [1] })
    expect(all.filter((name) => name.includes('not proved'))).toEqual([
      'serializer: malformed (not proved: pass `invalidBytes`)',
    ])
  })

  test('is told of what a transport needs a hand on the log for', () => {
    const all: string[] = []
    transportConformance({ test: (name) => all.push(name), create: () => embeddedTransport() })
    const told = all.filter((name) => name.includes('not proved'))
    expect(told.some((name) => name.includes('pass `cut`, `mend`'))).toBe(true)
    // Nothing durable is claimed by a log in memory.
    expect(told.filter((name) => name.includes('restart'))).toEqual([])
  })

  test('is not told where nothing is claimed', () => {
    expect(names(local)).toEqual(['store: unusable place (not proved: pass `unusable`)'])
  })
})

describe('kits', () => {
  test('hand the runner functions without arguments, and names that are all different', () => {
    const names: string[] = []
    storeConformance({
      test(name, run) {
        names.push(name)
        expect(run).toHaveLength(0)
      },
      create: () => embeddedStore(),
    })
    expect(new Set(names).size).toBe(names.length)
  })

  test('say what they miss when a factory is async', () => {
    expect(() => storeConformance({ test: () => undefined, create: () => Promise.resolve(embeddedStore()) })).toThrow(
      /pass `supports`/,
    )
  })

  test('need values to try a serializer with', () => {
    expect(() =>
      serializerConformance({
        test: () => undefined,
        create: () => Promise.reject(new Error('not called')),
        values: [],
      }),
    ).toThrow(/needs values/)
  })

  test('end a case that hangs, and say which', async () => {
    const { failed } = await runKit(
      (it) =>
        storeConformance({
          test: it,
          supports: { persistent: false, shared: false, identity: false },
          create: () => new Promise(() => undefined),
          timing: { bound: 30 },
        }),
      /nothing is listed at first/,
    )
    expect([...failed.values()][0]?.message).toMatch(
      /"list and destroy, nothing is listed at first" did not end within 30 ms/,
    )
  })

  test('run the same way twice', () => {
    const names = (): string[] => {
      const all: string[] = []
      sensorConformance({ test: (name) => all.push(name), create: () => Promise.reject(new Error('not called')) })
      return all
    }
    expect(names()).toEqual(names())
  })
})
