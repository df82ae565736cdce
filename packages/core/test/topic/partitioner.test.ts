import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultPartitioner, keylessPartitioner, partitionForKey } from '../../src/index.ts'
import { murmur2 } from '../../src/topic/murmur2.ts'
import { GOLDEN } from './murmur2-golden.ts'

describe('murmur2', () => {
  it.each(GOLDEN)('is what Kafka computes for %s', (hex, hash, of4, of12, of1000) => {
    const key = Uint8Array.from(Buffer.from(hex, 'hex'))
    expect(murmur2(key)).toBe(hash)
    expect([4, 12, 1000].map((count) => partitionForKey(key, count))).toEqual([of4, of12, of1000])
  })

  it('looks at the view it is given and at nothing around it', () => {
    const around = new Uint8Array(80).fill(7)
    for (const [hex, hash] of GOLDEN) {
      const key = Buffer.from(hex, 'hex')
      around.set(key, 3)
      expect(murmur2(around.subarray(3, 3 + key.length))).toBe(hash)
    }
  })

  it('always gives a partition', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 5000 }), (key, count) => {
        const partition = partitionForKey(key, count)
        expect(partition >= 0 && partition < count && Number.isInteger(partition)).toBe(true)
      }),
    )
  })
})

describe('keylessPartitioner', () => {
  const take = (next: (partitions: number) => number, count: number, partitions: number): number[] =>
    Array.from({ length: count }, () => next(partitions))

  it('goes round from a random first partition', () => {
    expect(take(keylessPartitioner({ random: () => 0.5 }), 6, 4)).toEqual([2, 3, 0, 1, 2, 3])
    expect(take(keylessPartitioner({ random: () => 0.9999 }), 3, 4)).toEqual([3, 0, 1])
  })

  it('stays for a run', () => {
    expect(take(keylessPartitioner({ random: () => 0, run: 3 }), 8, 2)).toEqual([0, 0, 0, 1, 1, 1, 0, 0])
  })

  it('bears a count that changes', () => {
    const next = keylessPartitioner({ random: () => 0 })
    expect([next(8), next(8), next(8), next(2), next(2), next(3), next(3)]).toEqual([0, 1, 2, 0, 1, 2, 0])
  })
})

describe('defaultPartitioner', () => {
  it('goes by the key where there is one, also an empty one', () => {
    const partitioner = defaultPartitioner({ random: () => 0 })
    expect(partitioner(new Uint8Array(0), 4)).toBe(1)
    expect([partitioner(null, 4), partitioner(null, 4)]).toEqual([0, 1])
    expect(partitioner(Buffer.from('foobar'), 4)).toBe(2)
  })
})
