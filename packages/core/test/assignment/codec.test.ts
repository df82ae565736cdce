import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeAssignmentData, encodeAssignmentData, encodeOwners } from '../../src/assignment/assignment-data.ts'
import { binaryReader, binaryWriter } from '../../src/assignment/binary.ts'
import { comparePartitions, decodeMemberData, encodeMemberData } from '../../src/assignment/member-data.ts'
import type { MemberData } from '../../src/assignment/member-data.ts'
import { isFaustError } from '../../src/service/errors.ts'

const TOPICS = ['a', 'orders', 'orders-by-account-repartition', 'ünï', 'z']
const wellFormed = fc.string({ unit: 'grapheme', maxLength: 40 })
const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const partition = fc.record({ topic: fc.constantFrom(...TOPICS), partition: fc.nat({ max: 1000 }) })

const memberData = fc.record({
  workerId: wellFormed,
  url: wellFormed,
  topologyHash: fc.nat({ max: 0xffff_ffff }),
  nonce: whole,
  groups: fc.array(fc.record({ topics: fc.subarray(TOPICS, { minLength: 2 }), stateful: fc.boolean() }), {
    maxLength: 4,
  }),
  owned: fc.uniqueArray(partition, { selector: ({ topic, partition }) => `${topic} ${partition}` }),
  generation: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  held: fc.boolean(),
  positions: fc.array(fc.tuple(partition, whole).map(([one, position]) => ({ ...one, position }))),
})

const assignmentData = fc.integer({ min: 1, max: 6 }).chain((workers) =>
  fc.record({
    again: fc.boolean(),
    complete: fc.boolean(),
    seen: fc.record({ version: fc.integer({ min: 1, max: 9 }), topologyHash: fc.nat({ max: 0xffff_ffff }) }),
    self: fc.nat({ max: workers - 1 }),
    workers: fc.array(fc.record({ workerId: wellFormed, url: wellFormed }), { minLength: workers, maxLength: workers }),
    groups: fc.array(
      fc.integer({ min: 1, max: 9 }).chain((tasks) => {
        const owners = fc.array(fc.integer({ min: -1, max: workers - 1 }), { minLength: tasks, maxLength: tasks })
        return fc.record({
          topics: fc.subarray(TOPICS, { minLength: 1 }),
          active: owners,
          standby: fc.array(owners, { maxLength: 3 }),
          warming: fc.oneof(
            fc.constant<number[]>([]),
            owners.filter((list) => list.some((owner) => owner !== -1)),
          ),
        })
      }),
      { maxLength: 4 },
    ),
  }),
)

/** Whatever bytes do, it is a value or a FaustError, and soon. */
function survives(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    if (!isFaustError(error, 'FAUST_GROUP_PROTOCOL')) throw error
  }
}

/** Bytes that end early are never a value. */
function refuses(decode: () => unknown): void {
  let value: unknown
  survives(() => (value = decode()))
  if (value !== undefined) throw new Error('was taken for a value')
}

describe('binary', () => {
  it('gives every number, text and set of partitions back', () => {
    fc.assert(
      fc.property(
        whole,
        wellFormed,
        wellFormed,
        fc.uniqueArray(fc.nat({ max: 5000 })),
        (number, one, other, numbers) => {
          const partitions = numbers.sort((a, b) => a - b)
          const writer = binaryWriter()
          writer.number(number)
          writer.text(one)
          writer.text(other, one)
          writer.partitions(partitions)
          const reader = binaryReader(writer.bytes(), 'x')
          expect([reader.number(), reader.text(), reader.text(one), reader.partitions(), reader.done()]).toEqual([
            number,
            one,
            other,
            partitions,
            true,
          ])
        },
      ),
    )
  })

  it('shares beginnings, also when they end inside a surrogate pair', () => {
    const writer = binaryWriter()
    writer.text('http://10.0.0.1:6066')
    const before = writer.bytes().length
    writer.text('http://10.0.0.2:6066', 'http://10.0.0.1:6066')
    expect(writer.bytes().length - before).toBe(8)
    writer.text('x😁', 'x😀')
    const reader = binaryReader(writer.bytes(), 'x')
    reader.text()
    reader.text('http://10.0.0.1:6066')
    expect(reader.text('x😀')).toBe('x😁')
  })

  it('refuses a run of more partitions than any topic has, at once', () => {
    const writer = binaryWriter()
    for (const value of [1, 0, 2 ** 50]) writer.number(value)
    expect(() => binaryReader(writer.bytes(), 'x').partitions()).toThrow('too large')
    expect(() => binaryReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), 'x').number()).toThrow(
      'cannot be read',
    )
  })
})

describe('member data', () => {
  const decode = (bytes: Uint8Array): MemberData => decodeMemberData(bytes, TOPICS.toReversed(), 'm1')

  it('comes back as it was, whatever the order of the topics', () => {
    fc.assert(
      fc.property(memberData, (data) => {
        const owned = [...data.owned].sort(comparePartitions)
        expect(decode(encodeMemberData(data, TOPICS))).toEqual({ version: 1, ...data, owned })
      }),
    )
  })

  it('leaves out what topics of its own it no longer reads, and groups that say nothing', () => {
    const data = {
      workerId: 'w',
      url: '',
      topologyHash: 1,
      nonce: 0,
      groups: [
        { topics: ['a'], stateful: false },
        { topics: ['z'], stateful: true },
      ],
      owned: [
        { topic: 'gone', partition: 1 },
        { topic: 'a', partition: 2 },
      ],
      generation: 1,
      held: true,
      positions: [{ topic: 'gone', partition: 1, position: 5 }],
    }
    const read = decode(encodeMemberData(data, TOPICS))
    expect(read.owned).toEqual([{ topic: 'a', partition: 2 }])
    expect(read.positions).toEqual([])
    expect(read.groups).toEqual([{ topics: ['z'], stateful: true }])
  })

  it('is refused when it is malformed, with the member named, and never crashes or hangs', () => {
    expect(() => decode(new Uint8Array(0))).toThrow(/user data of group member 'm1' cannot be read/)
    expect(() => decode(Uint8Array.of(0))).toThrow('version 0')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(() => decode(bytes))),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(memberData, fc.nat(), fc.nat(255), (data, at, byte) => {
        const bytes = encodeMemberData(data, TOPICS)
        for (let end = 0; end < bytes.length; end += 7) refuses(() => decode(bytes.subarray(0, end)))
        bytes[at % bytes.length] = byte
        survives(() => decode(bytes))
        survives(() => decodeMemberData(bytes, [], 'm1'))
      }),
      { numRuns: 500 },
    )
  })

  it('of a later version is read as far as it is known, of this one to the last byte', () => {
    fc.assert(
      fc.property(memberData, (data) => {
        const bytes = encodeMemberData(data, TOPICS)
        const longer = Uint8Array.of(...bytes, 1, 2, 3)
        expect(() => decode(longer)).toThrow('longer than its version 1')
        longer[0] = 2
        expect(decode(longer)).toEqual({ ...decode(bytes), version: 2 })
      }),
    )
  })
})

describe('assignment data', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(assignmentData, (data) => {
        const { workers, groups, ...own } = data
        expect(decodeAssignmentData(encodeAssignmentData(own, encodeOwners({ workers, groups })))).toEqual({
          version: 1,
          ...data,
        })
      }),
    )
  })

  it('is refused when it is malformed, and never crashes or hangs', () => {
    expect(() => decodeAssignmentData(new Uint8Array(0))).toThrow('cannot be read')
    expect(() => decodeAssignmentData(Uint8Array.of(0))).toThrow('version 0')
    expect(() => decodeAssignmentData(Uint8Array.of(1, 0, 1, 1, 3, 0, 0))).toThrow('does not name the worker')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => survives(() => decodeAssignmentData(bytes))),
      {
        numRuns: 2000,
      },
    )
    fc.assert(
      fc.property(assignmentData, fc.nat(), fc.nat(255), ({ workers, groups, ...own }, at, byte) => {
        const bytes = encodeAssignmentData(own, encodeOwners({ workers, groups }))
        for (let end = 0; end < bytes.length; end += 7) refuses(() => decodeAssignmentData(bytes.subarray(0, end)))
        bytes[at % bytes.length] = byte
        survives(() => decodeAssignmentData(bytes))
      }),
      { numRuns: 500 },
    )
  })
})
