import { isFaustError } from '@faust/core'
import { expect, test } from 'vitest'
import type { Connection } from '../../src/connection/connection.ts'
import { produceApi } from '../../src/requests/produce.ts'
import type { ProducedPartition } from '../../src/requests/produce.ts'
import { brokerDouble } from '../../src/testing/index.ts'
import type { DoubleLink, DoubleRequest, Fault } from '../../src/testing/index.ts'
import { batch, record } from '../support/batches.ts'
import { committedValues, doubleWorld, TOPIC } from './support/double-world.ts'
import type { DoubleWorld } from './support/double-world.ts'

const PLACE = { topic: TOPIC, partition: 0 }
const TIMEOUT = 1000

/** Writes one record straight over a connection, to whom leads partition 0. */
class Writer {
  readonly link: DoubleLink
  readonly connection: Connection
  readonly #world: DoubleWorld
  #count = 0

  constructor(world: DoubleWorld) {
    this.#world = world
    this.link = world.double.link()
    this.connection = this.link.connection({ clock: world.clock, requestTimeout: TIMEOUT })
    const brokers = [1, 2, 3].map((node) => ({ node, host: `broker-${node}`, port: 9092, rack: null }))
    this.connection.setBrokers(brokers)
  }

  /** The answer's error number, or why there was none. */
  async write(node = this.#world.double.leader(PLACE)): Promise<number | string> {
    const records = batch([record(null, `v${this.#count++}`, this.#world.clock.now())])
    const request = { transactionalId: null, acks: -1, timeout: TIMEOUT, partitions: [{ ...PLACE, records }] }
    try {
      const { partitions } = await this.connection.send(node, 'produce', produceApi, request)
      return (partitions[0] as ProducedPartition).error
    } catch (error) {
      if (!isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE')) throw error
      return error.message
    }
  }
}

/** What becomes of a write that `fault` hits, and of one after it. */
async function hit(fault: Fault, after = 0) {
  const world = doubleWorld()
  return world.clock.run(async () => {
    const writer = new Writer(world)
    expect(await writer.write()).toBe(0)
    const begun = world.clock.monotonic()
    writer.link.next('Produce', fault)
    const first = await writer.write()
    const took = world.clock.monotonic() - begun
    const stored = committedValues(world, 0).slice(1)
    await world.pause(after)
    const second = await writer.write()
    const left = committedValues(world, 0).slice(1)
    await writer.connection.close()
    return { first, took, stored, second, left, world }
  })
}

const LOST = /connection was lost/

test('a lost request does nothing, and the next one goes over a fresh connection', async () => {
  expect(await hit({ kind: 'request-lost' })).toMatchObject({
    first: expect.stringMatching(LOST) as string,
    stored: [],
    second: 0,
    left: ['v2'],
  })
})

test('of a lost answer the request is done', async () => {
  expect(await hit({ kind: 'answer-lost' })).toMatchObject({
    first: expect.stringMatching(LOST) as string,
    stored: ['v1'],
    second: 0,
    left: ['v1', 'v2'],
  })
})

test('a cut within the request undoes it, one within the answer does not, and one behind both harms nobody', async () => {
  const lost = expect.stringMatching(LOST) as string
  expect(await hit({ kind: 'cut', at: 0 })).toMatchObject({ first: lost, stored: [], second: 0 })
  expect(await hit({ kind: 'cut', at: 60 })).toMatchObject({ first: lost, stored: [], second: 0 })
  expect(await hit({ kind: 'cut', at: 140 })).toMatchObject({ first: lost, stored: ['v1'], second: 0 })
  expect(await hit({ kind: 'cut', at: 9999 }, 10)).toMatchObject({ first: 0, stored: ['v1'], second: 0 })
})

test('of silence only a time-out tells', async () => {
  const { first, took, stored, second } = await hit({ kind: 'silence' })
  expect({ first, stored, second }).toMatchObject({
    first: expect.stringMatching(/did not answer Produce within 1000 ms/) as string,
    stored: [],
    second: 0,
  })
  expect(took).toBe(TIMEOUT)
})

test('a stray request is carried out after its connection has broken', async () => {
  const { first, stored, left } = await hit({ kind: 'stray', after: 50 }, 100)
  expect({ first, stored, left }).toMatchObject({
    first: expect.stringMatching(LOST) as string,
    stored: [],
    left: ['v1', 'v2'],
  })
})

test('slow and late take their time, and what takes longer than the client waits is done all the same', async () => {
  expect(await hit({ kind: 'slow', by: 300 })).toMatchObject({ first: 0, took: 302, stored: ['v1'] })
  expect(await hit({ kind: 'late', by: 300 })).toMatchObject({ first: 0, took: 302, stored: ['v1'] })
  const given = await hit({ kind: 'slow', by: 1500 }, 1000)
  expect(given).toMatchObject({ took: TIMEOUT, stored: [], left: ['v1', 'v2'] })
  expect(await hit({ kind: 'late', by: 1500 })).toMatchObject({ took: TIMEOUT, stored: ['v1'], second: 0 })
})

test('what is refused is not done, what is denied is', async () => {
  expect(await hit({ kind: 'refused', error: 19 })).toMatchObject({ first: 19, stored: [], second: 0 })
  expect(await hit({ kind: 'denied', error: 20 })).toMatchObject({ first: 20, stored: ['v1'], second: 0 })
})

test('what has moved is refused by its old node and taken by its new one', async () => {
  const { first, stored, second } = await hit({ kind: 'moved' })
  expect({ first, stored, second }).toEqual({ first: 6, stored: [], second: 0 })
})

test('a node that goes down breaks its connections; others take over, or it comes up again', async () => {
  const lost = expect.stringMatching(LOST) as string
  expect(await hit({ kind: 'down', for: 10_000 }, 600)).toMatchObject({ first: lost, stored: [], second: 0 })
  const { world, ...soon } = await hit({ kind: 'down', for: 100 }, 200)
  expect(soon).toMatchObject({ first: lost, stored: [], second: 0 })
  expect(world.double.up).toEqual([1, 2, 3])
})

test('faults are asked about every request, in order, with what it says', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    const seen: DoubleRequest[] = []
    world.double.faults = (request) => void seen.push(request)
    const client = await world.client()
    await client.admin.offsets([PLACE])
    await client.close()
    expect(seen.map(({ index }) => index)).toEqual(seen.map((_, index) => index))
    expect(seen[0]).toMatchObject({ client: 'app', api: 'Metadata' })
    expect(seen.find(({ api }) => api === 'ListOffsets')?.request).toMatchObject({ partitions: [PLACE] })
  })
})

test('troubles of one link hit no other client', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    const [one, other] = [new Writer(world), new Writer(world)]
    one.link.cut()
    expect(await one.write()).toMatch(/Could not connect/)
    expect(await other.write()).toBe(0)
    one.link.mend()
    expect(await one.write()).toBe(0)
    one.link.disconnect()
    expect(await one.write()).toBe(0)
    await one.connection.close()
    await other.connection.close()
  })
})

test('a closed log is a cluster that is gone', async () => {
  const world = doubleWorld()
  await world.clock.run(async () => {
    const writer = new Writer(world)
    const node = world.double.leader(PLACE)
    expect(await writer.write()).toBe(0)
    await world.log.close()
    expect(await writer.write(node)).toMatch(LOST)
    await writer.connection.close()
  })
})

test('a node or a partition that there is not is refused', () => {
  const { double, log, clock } = doubleWorld()
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: 'FAUST_SETTING_INVALID', message: expect.stringMatching(message) as string })
  expect(() => brokerDouble({ log, clock, nodes: 0 })).toThrow(refusal(/has 0 nodes/))
  expect(() => double.stop(4)).toThrow(refusal(/has no node 4: its 3 are numbered from 1/))
  expect(() => double.moveCoordinator('group', 'g', 0)).toThrow(refusal(/has no node 0/))
  expect(() => double.moveLeader({ topic: 'none', partition: 0 })).toThrow(
    refusal(/knows no partition 0 of topic "none"/),
  )
})
