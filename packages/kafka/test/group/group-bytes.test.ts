import { expect, test } from 'vitest'
import { encodeAssignment } from '../../src/index.ts'
import { decodeMemberSubscription, encodeMemberSubscription } from '../../src/group/subscription-bytes.ts'

test('subscriptions go round with every user data, and another nonce is other bytes', () => {
  for (const userData of [new Uint8Array(), new Uint8Array([0, 255]), new Uint8Array(5_000).fill(7)]) {
    const subscription = { topics: ['a', 'ü'], nonce: 2 ** 32 - 1, userData }
    const bytes = encodeMemberSubscription(subscription)
    expect(decodeMemberSubscription(bytes)).toEqual(subscription)
    expect(encodeMemberSubscription({ ...subscription, nonce: 0 })).not.toEqual(bytes)
  }
})

test('● 50 workers with 1,000 partitions each fit into one record of __consumer_offsets', () => {
  const topics = Array.from({ length: 10 }, (_, at) => `some-application-topic-with-a-long-name-${at}`)
  // Claims of an assignor: about four bytes a partition.
  const subscription = encodeMemberSubscription({ topics, nonce: 1, userData: new Uint8Array(4_000) })
  const partitions = topics.flatMap((topic) => Array.from({ length: 100 }, (_, partition) => ({ topic, partition })))
  const assignment = encodeAssignment({ partitions, userData: new Uint8Array(4_000) }, 0)
  expect(50 * (subscription.length + assignment.length)).toBeLessThan(900_000)
})
