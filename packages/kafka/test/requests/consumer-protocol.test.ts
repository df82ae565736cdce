import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscription,
} from '../../src/index.ts'
import { bytes, concat, hex } from '../support/bytes.ts'
import { javaBytes } from '../support/messages.ts'

const subscription: Subscription = {
  topics: ['orders', 'other'],
  userData: bytes('user data'),
  owned: [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 3 },
    { topic: 'other', partition: 1 },
  ],
  generation: 12,
  rack: 'eu-1',
}
const assignment = {
  partitions: [
    { topic: 'orders', partition: 2 },
    { topic: 'orders', partition: 0 },
  ],
  userData: null,
}

describe.each([0, 1, 2, 3] as const)('version %i', (version) => {
  const java = (name: string): Uint8Array => concat(Uint8Array.of(0, version), javaBytes(`${name}.${version}`))

  test('a subscription is what Java writes, and what it lacks has its default', () => {
    expect(hex(encodeSubscription(subscription, version))).toBe(hex(java('Subscription')))
    expect(decodeSubscription(java('Subscription'))).toEqual({
      ...subscription,
      owned: version >= 1 ? subscription.owned : [],
      generation: version >= 2 ? 12 : -1,
      rack: version >= 3 ? 'eu-1' : null,
    })
  })

  test('an assignment is what Java writes', () => {
    expect(hex(encodeAssignment(assignment, version))).toBe(hex(java('Assignment')))
    expect(decodeAssignment(java('Assignment'))).toEqual(assignment)
  })
})

test('what a later version adds at the end is not looked at', () => {
  const later = concat(Uint8Array.of(0, 9), encodeSubscription(subscription).subarray(2), bytes('more'))
  expect(decodeSubscription(later)).toEqual(subscription)
  const given = concat(Uint8Array.of(0, 9), encodeAssignment(assignment).subarray(2), bytes('more'))
  expect(decodeAssignment(given)).toEqual(assignment)
})

test('no bytes at all are an assignment of nothing', () => {
  expect(decodeAssignment(new Uint8Array(0))).toEqual({ partitions: [], userData: null })
})

test('other bytes are an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (given) => {
      for (const decode of [decodeSubscription, decodeAssignment]) {
        try {
          decode(given)
        } catch (error) {
          expect(error).toMatchObject({ code: 'FAUST_ANSWER_INVALID' })
        }
      }
    }),
  )
})
