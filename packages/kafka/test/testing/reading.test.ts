import { expect, test } from 'vitest'
import { readBatchHeader } from '../../src/records/batch-header.ts'
import { fetchApi } from '../../src/requests/fetch.ts'
import type { FetchRequest, FetchResponse } from '../../src/requests/fetch.ts'
import { offsetForLeaderEpochApi } from '../../src/requests/offset-for-leader-epoch.ts'
import { brokerDouble } from '../../src/testing/index.ts'
import { doubleWorld, record, TOPIC } from './support/double-world.ts'
import type { DoubleWorld } from './support/double-world.ts'

const PLACE = { topic: TOPIC, partition: 0 }

function append({ log, clock }: DoubleWorld, count: number, partition = 0, size = 10): void {
  const producer = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }
  const records = Array.from({ length: count }, () => record('x'.repeat(size)))
  log.produce({ batches: [{ topic: TOPIC, partition, ...producer, timestamp: clock.now(), records }] })
}

/** Asks one node over a bare connection. */
function asker(world: DoubleWorld, double = world.double) {
  const connection = double.link().connection({ clock: world.clock })
  connection.setBrokers([1, 2, 3].map((node) => ({ node, host: `broker-${node}`, port: 9092, rack: null })))
  const fetch = (node: number, request: Partial<FetchRequest>): Promise<FetchResponse> =>
    connection.send(node, 'fetch-test', fetchApi, {
      maxWait: 0,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolation: 'read-uncommitted',
      sessionId: 0,
      sessionEpoch: -1,
      partitions: [],
      forgotten: [],
      rack: '',
      ...request,
    })
  return { connection, fetch }
}

const from = (offset: number, partition = 0, leaderEpoch = -1) => ({
  topic: TOPIC,
  partition,
  offset,
  leaderEpoch,
  maxBytes: 1_000_000,
})

/** First and last offset and leader epoch of each whole batch. */
function batchesOf(bytes: Uint8Array): readonly (readonly [number, number, number])[] {
  const found: [number, number, number][] = []
  for (let at = 0; at + 61 <= bytes.length;) {
    const { baseOffset, lastOffset, leaderEpoch } = readBatchHeader(bytes, at)
    found.push([baseOffset, lastOffset, leaderEpoch])
    at += 12 + new DataView(bytes.buffer, bytes.byteOffset + at).getInt32(8)
  }
  return found
}

test('batches may begin before the position, and end where the leader changed', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    append(world, 100)
    world.double.moveLeader(PLACE, 2)
    append(world, 10)
    const { connection, fetch } = asker(world)
    const { partitions } = await fetch(2, { partitions: [from(70)] })
    expect(batchesOf(partitions[0]!.records!)).toEqual([
      [64, 99, 0],
      [100, 109, 1],
    ])
    const lookUp = { ...PLACE, currentLeaderEpoch: 1, leaderEpoch: 0 }
    const answer = await connection.send(2, 'control', offsetForLeaderEpochApi, { partitions: [lookUp] })
    expect(answer.partitions[0]).toMatchObject({ error: 0, leaderEpoch: 0, endOffset: 100 })
    await connection.close()
  })
})

test('who does not lead, or leads in another epoch, says so; who waits is told at once', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    world.double.moveLeader(PLACE, 1)
    const { connection, fetch } = asker(world)
    const errorOf = async (node: number, epoch: number): Promise<number> => {
      return (await fetch(node, { partitions: [from(0, 0, epoch)] })).partitions[0]!.error
    }
    expect([await errorOf(2, -1), await errorOf(1, 0), await errorOf(1, 2), await errorOf(1, 1)]).toEqual([
      6, 74, 75, 0,
    ])
    const waiting = fetch(1, { maxWait: 10_000, partitions: [from(0)] })
    await world.pause(100)
    const begun = world.clock.monotonic()
    world.double.moveLeader(PLACE, 3)
    expect((await waiting).partitions[0]!.error).toBe(6)
    expect(world.clock.monotonic() - begun).toBeLessThan(10)
    await connection.close()
  })
})

test('a wait ends when records come, or when its time is over', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    const { connection, fetch } = asker(world)
    const leader = world.double.leader(PLACE)
    const empty = await fetch(leader, { maxWait: 300, partitions: [from(0)] })
    expect([empty.partitions[0]!.records?.length, world.clock.monotonic()]).toEqual([0, 306])
    const waiting = fetch(leader, { maxWait: 10_000, partitions: [from(0)] })
    await world.pause(100)
    append(world, 1)
    expect(batchesOf((await waiting).partitions[0]!.records!)).toEqual([[0, 0, 0]])
    expect(world.clock.monotonic()).toBeLessThan(420)
    await connection.close()
  })
})

test('of answers that are too large the first batch comes whole, and others are cut off or left out', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    for (const partition of [0, 1]) {
      world.double.moveLeader({ topic: TOPIC, partition }, 1)
      append(world, 100, partition, 100)
    }
    const { connection, fetch } = asker(world)
    const lengths = async (maxBytes: number): Promise<unknown> => {
      const { partitions } = await fetch(1, { maxBytes, partitions: [from(0), from(0, 1)] })
      return partitions.map(({ records }) => [records!.length, batchesOf(records!).length])
    }
    const [[first]] = (await lengths(1)) as [[number]]
    expect(await lengths(1)).toEqual([
      [first, 1],
      [0, 0],
    ])
    expect(await lengths(first + 100)).toEqual([
      [first + 100, 2],
      [0, 0],
    ])
    await connection.close()
  })
})

test('a session tells news only, is gone after a restart, and is given to as many as there is room for', async () => {
  const world = doubleWorld()
  const double = brokerDouble({ log: world.log, clock: world.clock, sessions: 1 })
  await world.clock.run(async () => {
    for (const partition of [0, 1]) double.moveLeader({ topic: TOPIC, partition }, 1)
    const { connection, fetch } = asker(world, double)
    const all = [from(0), from(0, 1)]
    const { sessionId, partitions } = await fetch(1, { sessionEpoch: 0, partitions: all })
    expect(partitions).toHaveLength(2)
    expect((await fetch(1, { sessionId, sessionEpoch: 1 })).partitions).toEqual([])
    append(world, 1, 1)
    expect((await fetch(1, { sessionId, sessionEpoch: 2 })).partitions.map(({ partition }) => partition)).toEqual([1])
    expect((await fetch(1, { sessionId, sessionEpoch: 2 })).error).toBe(71)
    expect((await fetch(1, { sessionEpoch: 0, partitions: all })).sessionId).toBe(0)
    double.stop(1)
    double.start(1)
    expect((await fetch(1, { sessionId, sessionEpoch: 3 })).error).toBe(70)
    await connection.close()
  })
})

test('what compaction has taken leaves its batch as long as it was', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    const { log, clock, double } = world
    log.createTopics([{ name: 'compact', partitions: 1, config: { 'cleanup.policy': 'compact' } }])
    const place = { topic: 'compact', partition: 0 }
    const producer = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }
    const records = [record('1'), record('2')].map((each) => ({ ...each, key: new Uint8Array(1) }))
    log.produce({ batches: [{ ...place, ...producer, timestamp: clock.now(), records }] })
    log.compact('compact')
    const { connection, fetch } = asker(world)
    const { partitions } = await fetch(double.leader(place), { partitions: [{ ...from(0), ...place }] })
    const { records: bytes } = partitions[0]!
    expect(batchesOf(bytes!)).toEqual([[0, 1, 0]])
    expect(readBatchHeader(bytes!).count).toBe(1)
    await connection.close()
  })
})
