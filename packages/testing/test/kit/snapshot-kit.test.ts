import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { directorySnapshots } from '@faust/core'
import type { SnapshotTarget } from '@faust/core'
import { snapshotConformance } from '@faust/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { override, runKit } from './run-kit.ts'

const directory = mkdtempSync(join(tmpdir(), 'snapshot-kit-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a directory', () => {
  snapshotConformance({ test, create: () => directorySnapshots({ directory }) })
})

type Objects = Map<string, Uint8Array>

/** A correct one. */
function memory(objects: Objects): SnapshotTarget {
  return {
    async write(name, chunks) {
      objects.set(name, await whole(chunks))
    },
    async *read(name) {
      const found = objects.get(name)
      if (found === undefined) throw new Error(`There is no ${name}`)
      for (let at = 0; at < found.length; at += 65_536) yield found.slice(at, at + 65_536)
    },
    list: async (prefix) => [...objects.keys()].filter((name) => name.startsWith(prefix)),
  }
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk.slice())
  return Buffer.concat(parts)
}

interface SnapshotDefect {
  readonly what: string
  readonly noticedBy: RegExp
  readonly broken: (target: SnapshotTarget, objects: Objects) => Partial<SnapshotTarget>
}

const DEFECTS: readonly SnapshotDefect[] = [
  {
    what: 'writes as the chunks come',
    noticedBy: /nobody sees an object before it is whole|chunks that fail/,
    broken: (_, objects) => ({
      async write(name, chunks) {
        objects.delete(name)
        for await (const chunk of chunks)
          objects.set(name, Buffer.concat([objects.get(name) ?? chunk.slice(0, 0), chunk]))
      },
    }),
  },
  {
    what: 'keeps what came before the chunks failed',
    noticedBy: /chunks that fail/,
    broken: (_, objects) => ({
      async write(name, chunks) {
        const parts: Uint8Array[] = []
        try {
          for await (const chunk of chunks) parts.push(chunk)
        } finally {
          objects.set(name, Buffer.concat(parts))
        }
      },
    }),
  },
  {
    what: 'hides that its chunks failed',
    noticedBy: /chunks that fail/,
    broken: (target) => ({ write: (...args) => target.write(...args).catch(() => undefined) }),
  },
  {
    what: 'lists names without their folder',
    noticedBy: /a folder lists its own/,
    broken: (target) => ({
      list: async (...args) => (await target.list(...args)).map((name) => name.slice(args[0].length)),
    }),
  },
  {
    what: 'lists folders that begin alike',
    noticedBy: /a folder lists its own/,
    broken: (target) => ({ list: (prefix, signal) => target.list(prefix.slice(0, -1), signal) }),
  },
  {
    what: 'takes a missing object for an empty one',
    noticedBy: /an object that is missing/,
    broken: (target, objects) => ({
      async *read(name, signal) {
        if (objects.has(name)) yield* target.read(name, signal)
      },
    }),
  },
  {
    what: 'keeps the newest alone',
    noticedBy: /the two newest/,
    broken: (target, objects) => ({
      async write(name, chunks, signal) {
        for (const other of objects.keys()) if (other.startsWith(name.slice(0, -16))) objects.delete(other)
        await target.write(name, chunks, signal)
      },
    }),
  },
  {
    what: 'leaves an old object as it is',
    noticedBy: /of the same name is replaced/,
    broken: (target, objects) => ({
      write: async (name, ...rest) => (objects.has(name) ? undefined : target.write(name, ...rest)),
    }),
  },
  {
    what: 'reads every chunk into one buffer',
    noticedBy: /bytes come back/,
    broken: (target) => ({
      async *read(...args) {
        const buffer = new Uint8Array(65_536)
        for await (const chunk of target.read(...args)) {
          buffer.set(chunk)
          yield buffer.subarray(0, chunk.length)
        }
      },
    }),
  },
  {
    what: 'never answers',
    noticedBy: /a folder lists its own/,
    broken: () => ({ list: () => new Promise(() => undefined) }),
  },
]

describe('a place for snapshots is caught that', () => {
  for (const { what, noticedBy, broken } of DEFECTS) {
    test(what, async () => {
      const objects: Objects = new Map()
      const create = (): SnapshotTarget => override(memory(objects), broken(memory(objects), objects))
      const { passed, failed } = await runKit((it) => snapshotConformance({ test: it, create, bound: 500 }), noticedBy)
      expect(passed).toEqual([])
      expect(failed.size).toBeGreaterThan(0)
      for (const error of failed.values()) expect(error.message).toMatch(/^The contract: |within \d+ ms/)
    })
  }

  test('keeps to itself what it has', async () => {
    const create = (): SnapshotTarget => memory(new Map())
    const { failed } = await runKit((it) => snapshotConformance({ test: it, create }), /another worker finds/)
    expect(failed.size).toBe(1)
  })

  test('but a correct one is not', async () => {
    const objects: Objects = new Map()
    const { failed } = await runKit((it) => snapshotConformance({ test: it, create: () => memory(objects) }))
    expect([...failed.values()]).toEqual([])
  })
})
