import { isFaustError } from '@faust/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { APIS, withHeaderTags, withoutHeaderTags } from '../../src/index.ts'
import { concat, hex } from '../support/bytes.ts'
import { damage, damaged } from '../support/damage.ts'
import { javaBytes, messageNames } from '../support/messages.ts'
import { samples, type Sample } from './samples.ts'

function encoded({ api, side, value }: Sample): Uint8Array {
  return side === 'request' ? api.encode(value) : api.encodeResponse(value)
}

function decoded({ api, side }: Sample, bytes: Uint8Array): unknown {
  return side === 'request' ? api.decodeRequest(bytes) : api.decode(bytes)
}

describe.each(samples.map((sample) => [sample.name, sample] as const))('%s', (name, sample) => {
  test("is what Kafka's own classes write, and they are read", () => {
    expect(hex(encoded(sample))).toBe(hex(javaBytes(name)))
    expect(decoded(sample, javaBytes(name))).toEqual(sample.value)
  })

  test('cut short anywhere it is an error, and so is anything behind it', () => {
    const bytes = encoded(sample)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decoded(sample, bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'FAUST_ANSWER_INVALID' }),
      )
    }
    expect(() => decoded(sample, concat(bytes, Uint8Array.of(0)))).toThrow(/ 1 bytes are left over/)
  })
})

test('every API has a request and a response among them, and Java nothing that they have not', () => {
  for (const { name } of APIS)
    expect(messageNames).toEqual(expect.arrayContaining([`${name}.request`, `${name}.response`]))
  const ofProtocol = /^(?:Subscription|Assignment)\./
  expect(samples.map(({ name }) => name).toSorted()).toEqual(
    messageNames.filter((name) => !ofProtocol.test(name)).toSorted(),
  )
})

test('each API is spoken at the version that Kafka 2.8 to 4.x all have', () => {
  const versions = Object.fromEntries(APIS.map(({ name, version, flexible }) => [name, flexible ? -version : version]))
  // Flexible ones below zero.
  expect(versions).toEqual({
    Fetch: 11,
    Produce: 8,
    ListOffsets: 5,
    Metadata: -11,
    FindCoordinator: 2,
    JoinGroup: 5,
    SyncGroup: 3,
    Heartbeat: 3,
    LeaveGroup: 3,
    OffsetCommit: 7,
    OffsetFetch: -7,
    InitProducerId: -4,
    AddPartitionsToTxn: 2,
    AddOffsetsToTxn: 2,
    EndTxn: 2,
    TxnOffsetCommit: -3,
    OffsetForLeaderEpoch: 3,
    DeleteRecords: 1,
  })
  expect(new Set(APIS.map(({ key }) => key)).size).toBe(APIS.length)
})

test('tagged fields that a newer broker adds are passed over', () => {
  const sample = samples.find(({ name }) => name === 'InitProducerId.response')!
  const bytes = encoded(sample)
  // Two tags at the end: 0 with three bytes, 300 with none.
  const tagged = concat(bytes.subarray(0, -1), Uint8Array.of(2, 0, 3, 1, 2, 3, 0xac, 0x02, 0))
  expect(decoded(sample, tagged)).toEqual(sample.value)
  expect(() => decoded(sample, tagged.subarray(0, -1))).toThrow('it ends early')
})

test('for clients that write an old header the tags of the new one go along with the body', () => {
  for (const { api, side, ...sample } of samples) {
    const bytes = encoded({ api, side, ...sample })
    const along = withHeaderTags(api, bytes)
    expect(along.length - bytes.length).toBe(api.flexible ? 1 : 0)
    expect(hex(withoutHeaderTags(api, along))).toBe(hex(bytes))
  }
  const flexible = samples.find(({ api }) => api.flexible)!.api
  expect(hex(withoutHeaderTags(flexible, Uint8Array.of(1, 0, 2, 9, 9, 0xaa)))).toBe('aa')
})

test('damaged bytes are an error or another value, and never more than they can hold', () => {
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.array(damage, { minLength: 1, maxLength: 3 }), (sample, all) => {
      let bytes = encoded(sample)
      for (const one of all) bytes = damaged(bytes, one)
      try {
        decoded(sample, bytes)
      } catch (error) {
        if (!isFaustError(error, 'FAUST_ANSWER_INVALID')) throw error
      }
    }),
    { numRuns: 5000 },
  )
})

test('a text that the protocol cannot carry is refused before it is sent', () => {
  const { api } = samples.find(({ name }) => name === 'FindCoordinator.request')!
  expect(() => api.encode({ key: 'ü'.repeat(16_384), kind: 'group' })).toThrow(
    expect.objectContaining({ code: 'FAUST_SETTING_INVALID' }),
  )
})
