import { describe, expect, test } from 'vitest'
import type { FetchedPartition, FetchPartition } from '../../src/index.ts'
import { FetchSession } from '../../src/fetcher/fetch-session.ts'

const want = (partition: number, offset: number): FetchPartition => {
  return { topic: 't', partition, offset, leaderEpoch: 0, maxBytes: 100 }
}
const got = (partition: number): FetchedPartition => {
  const rest = { error: 0, highWatermark: 1, lastStable: 1, logStart: 0, aborted: null, preferredReplica: -1 }
  return { topic: 't', partition, records: null, ...rest }
}
const answer = (sessionId: number, error = 0, ...partitions: FetchedPartition[]) => {
  return { throttleTime: 0, error, sessionId, partitions }
}

describe('a fetch session', () => {
  test('says everything once, then what is new, moved or gone', () => {
    const session = new FetchSession()
    expect(session.next([want(0, 5), want(1, 6)])).toEqual({
      sessionId: 0,
      sessionEpoch: 0,
      partitions: [want(0, 5), want(1, 6)],
      forgotten: [],
    })
    expect(session.answered(answer(77, 0, got(0)))).toBe(true)
    expect(session.next([want(0, 9), want(1, 6)])).toMatchObject({
      sessionId: 77,
      sessionEpoch: 1,
      partitions: [want(0, 9)],
      forgotten: [],
    })
    session.answered(answer(77))
    const { sessionEpoch, partitions, forgotten } = session.next([want(2, 0), want(0, 9)])
    expect([sessionEpoch, partitions]).toEqual([2, [want(2, 0)]])
    expect(forgotten).toMatchObject([{ topic: 't', partition: 1 }])
  })

  test.each([
    [70, 0],
    [71, 77],
    [106, 77],
  ])('error %i starts a full one, naming the old one only where it may still be there', (error, sessionId) => {
    const session = new FetchSession()
    session.next([want(0, 5)])
    session.answered(answer(77))
    session.next([want(0, 5)])
    expect(session.answered(answer(0, error))).toBe(false)
    expect(session.next([want(0, 5)])).toMatchObject({ sessionId, sessionEpoch: 0, partitions: [want(0, 5)] })
  })

  test('an unanswered request starts a full one', () => {
    const session = new FetchSession()
    session.next([want(0, 5)])
    session.answered(answer(77))
    session.next([want(0, 6)])
    session.restart()
    expect(session.next([want(0, 6)])).toMatchObject({ sessionId: 77, sessionEpoch: 0, partitions: [want(0, 6)] })
  })

  test('after 2^31 - 1 comes 1', () => {
    const session = new FetchSession(2 ** 31 - 2)
    const epochs = Array.from({ length: 5 }, () => {
      const { sessionEpoch } = session.next([want(0, 5)])
      session.answered(answer(77))
      return sessionEpoch
    })
    expect(epochs).toEqual([0, 2 ** 31 - 2, 2 ** 31 - 1, 1, 2])
  })

  test('a broker without room for one is asked in full each time', () => {
    const session = new FetchSession()
    session.next([want(0, 5)])
    expect(session.answered(answer(0, 0, got(0)))).toBe(true)
    expect(session.next([want(0, 5)])).toMatchObject({ sessionId: 0, sessionEpoch: 0, partitions: [want(0, 5)] })
  })

  test('an answer about what was not asked for is none', () => {
    const session = new FetchSession()
    session.next([want(0, 5)])
    expect(session.answered(answer(77, 0, got(3)))).toBe(false)
    expect(session.next([want(0, 5)]).sessionEpoch).toBe(0)
  })
})
