import { failure } from '@faust-tools/test-support'
import { virtualClock } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { Connections } from '../../src/connection/connections.ts'
import { isUnavailable, neverSent } from '../../src/connection/faults.ts'
import { metadataApi } from '../../src/requests/metadata.ts'
import type { MetadataRequest } from '../../src/requests/metadata.ts'
import { fakeDial } from './fake-dial.ts'

const ASK: MetadataRequest = { topics: [], autoCreate: false }

function answer(throttleTime = 0): Uint8Array {
  return metadataApi.encodeResponse({ throttleTime, brokers: [], clusterId: 'c', controller: 0, topics: [] })
}

function setUp() {
  const clock = virtualClock()
  const dial = fakeDial()
  const connections = new Connections({
    clock,
    dial: dial.dial,
    apis: [metadataApi],
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    brokers: [{ host: 'a', port: 1 }],
  })
  const broker = (node: number, port = 9_000 + node) => ({ node, host: 'h', port, rack: null })
  connections.setBrokers([broker(1), broker(2)])
  const ask = (node = 1, signal?: AbortSignal) => connections.send(node, 'control', metadataApi, ASK, { signal })
  return { clock, dial, connections, broker, ask }
}

describe('lanes', () => {
  test('each broker and lane has one connection, opened at first use', async () => {
    const { clock, dial, connections, ask } = setUp()
    expect(dial.wires).toHaveLength(0)
    const sends = [ask(), ask(), ask(2), connections.send(1, 'fetch-live', metadataApi, ASK)]
    await clock.settle()
    expect(dial.wires.map(({ address, received }) => [address.node, received.length])).toEqual([
      [1, 2],
      [2, 1],
      [1, 1],
    ])
    for (const { received } of dial.wires) for (const each of received) each.answer.resolve(answer())
    expect(await Promise.all(sends)).toHaveLength(4)
    expect(clock.pending()).toBe(0)
  })

  test('a wait on the lane join holds up no other', async () => {
    const { clock, dial, connections, ask } = setUp()
    const join = connections.send(1, 'join', metadataApi, ASK, { timeout: 65_000 })
    const other = ask()
    await clock.settle()
    dial.wires[1]?.received[0]?.answer.resolve(answer())
    await other
    await clock.advance(60_000)
    dial.wires[0]?.received[0]?.answer.resolve(answer())
    await join
    expect(dial.wires.some(({ destroyed }) => destroyed)).toBe(false)
  })

  test('closing a lane rejects what is in flight and leaves the others', async () => {
    const { clock, dial, connections, ask } = setUp()
    const fetch = failure(connections.send(1, 'fetch-x', metadataApi, ASK))
    const other = ask()
    await clock.settle()
    connections.closeLane('fetch-x')
    expect((await fetch).message).toContain('its lane "fetch-x" was closed')
    expect(dial.wires.map(({ destroyed }) => destroyed)).toEqual([true, false])
    dial.wires[1]?.received[0]?.answer.resolve(answer())
    await other
  })
})

describe('losses', () => {
  test('everything in flight is rejected, and fifty sends after it open one connection', async () => {
    const { clock, dial, ask } = setUp()
    const lost = [failure(ask()), failure(ask())]
    await clock.settle()
    dial.wires[0]?.lose(new Error('ECONNRESET'))
    for (const error of await Promise.all(lost)) {
      expect(isUnavailable(error)).toBe(true)
      expect(neverSent(error)).toBe(false)
      expect(error.message).toContain('1 at h:9001')
      expect(error.message).toContain('ECONNRESET')
    }
    expect(dial.wires[0]?.destroyed).toBe(true)

    const sends = Array.from({ length: 50 }, () => ask())
    await clock.settle()
    expect(dial.wires).toHaveLength(2)
    for (const each of dial.wires[1]?.received ?? []) each.answer.resolve(answer())
    expect(await Promise.all(sends)).toHaveLength(50)
    expect(clock.pending()).toBe(0)
  })

  test('a late answer of a connection that was thrown away reaches nobody', async () => {
    const { clock, dial, ask } = setUp()
    const first = failure(ask())
    await clock.settle()
    dial.wires[0]?.lose(new Error('gone'))
    await first
    const second = ask()
    await clock.settle()
    dial.wires[0]?.received[0]?.answer.resolve(answer(7))
    await clock.settle()
    dial.wires[1]?.received[0]?.answer.resolve(answer(0))
    expect((await second).throttleTime).toBe(0)
    expect(dial.wires).toHaveLength(2)
  })

  test('no answer in time throws the connection away; others on it know that theirs may have arrived', async () => {
    const { clock, dial, connections, ask } = setUp()
    const slow = failure(connections.send(1, 'control', metadataApi, ASK, { timeout: 300 }))
    const beside = failure(ask())
    await clock.advance(299)
    expect(dial.wires[0]?.destroyed).toBe(false)
    await clock.advance(1)
    expect((await slow).message).toContain('did not answer Metadata within 300 ms')
    expect((await beside).details['sent']).toBe(true)
    expect(dial.wires[0]?.destroyed).toBe(true)
    const next = ask()
    await clock.settle()
    dial.wires[1]?.received[0]?.answer.resolve(answer())
    await next
    expect(clock.pending()).toBe(0)
  })

  test('an answer that is none rejects its request and throws the connection away', async () => {
    const { clock, dial, ask } = setUp()
    const first = failure(ask())
    const second = failure(ask())
    await clock.settle()
    dial.wires[0]?.received[0]?.answer.resolve(new Uint8Array([1, 2, 3]))
    expect((await first).code).toBe('FAUST_ANSWER_INVALID')
    expect(isUnavailable(await second)).toBe(true)
    expect(dial.wires[0]?.destroyed).toBe(true)
  })

  test('a request that can not be encoded harms no other', async () => {
    const { clock, dial, connections, ask } = setUp()
    const good = ask()
    const bad = connections.send(1, 'control', metadataApi, { topics: ['x'.repeat(40_000)], autoCreate: false })
    expect((await failure(bad)).code).toBe('FAUST_SETTING_INVALID')
    await clock.settle()
    dial.wires[0]?.received[0]?.answer.resolve(answer())
    await good
  })

  test('an unknown broker is named, with those that are known', async () => {
    const { ask } = setUp()
    const error = await failure(ask(7))
    expect(error.message).toContain('Kafka broker 7 is not among the brokers of the cluster (a:1, 1 at h:9001')
    expect(neverSent(error)).toBe(true)
  })
})

describe('opening', () => {
  test('is bounded, and what waits for it never left', async () => {
    const { clock, dial, ask } = setUp()
    dial.open = false
    const waiting = failure(ask())
    await clock.advance(1_000)
    const error = await waiting
    expect(error.message).toContain('Could not connect to Kafka broker 1 at h:9001 (not ready after 1000 ms)')
    expect(neverSent(error)).toBe(true)
    expect(dial.wires[0]?.destroyed).toBe(true)
    expect(clock.pending()).toBe(0)
  })

  test.each([
    ['connecting', 'Could not connect to Kafka broker 1 at h:9001 (boom)'],
    ['asking', 'No answer as a Kafka broker gives it came from 1 at h:9001 (boom)'],
    ['authenticating', 'Could not finish to authenticate with Kafka broker 1 at h:9001 (boom)'],
    ['silent', 'does it expect credentials (sasl)?'],
  ])('lost while %s', async (stage, message) => {
    const { clock, dial, ask } = setUp()
    dial.open = stage === 'silent'
    if (stage === 'asking') dial.versions = null
    const waiting = failure(ask())
    if (stage !== 'connecting') dial.wires[0]?.connected.resolve()
    await clock.settle()
    dial.wires[0]?.lose(new Error('boom'))
    const error = await waiting
    expect(error.message).toContain(message)
    expect(error.details['sent']).toBe(stage === 'silent')
    expect(error.retriable).toBe(true)
  })

  test('a broker that lacks a version is named, with the API', async () => {
    const { dial, ask } = setUp()
    dial.versions = new Map([[3, { min: 0, max: 9 }]])
    const error = await failure(ask())
    expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
    expect(error.message).toBe(
      'The Kafka broker 1 at h:9001 is too old: it does not speak Metadata 11 (it has 0 to 9). Update it to Kafka 2.8 or later.',
    )
    dial.versions = new Map([[3, { min: 12, max: 20 }]])
    expect((await failure(ask())).message).toContain('is too new')
  })

  test('what answers ApiVersions with something else is no Kafka broker', async () => {
    const { clock, dial, ask } = setUp()
    dial.versions = null
    const waiting = failure(ask())
    await clock.settle()
    dial.wires[0]?.received[0]?.answer.resolve(new Uint8Array([0, 0, 0, 0, 0, 9, 1]))
    const error = await waiting
    expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
    expect(error.message).toContain('What answers at 1 at h:9001 is no Kafka broker')
  })
})

describe('throttle', () => {
  test('holds requests back, and their time-outs run from when they leave', async () => {
    const { clock, dial, ask } = setUp()
    const first = ask()
    await clock.settle()
    const wire = dial.wires[0]!
    wire.received[0]?.answer.resolve(answer(20_000))
    await first
    const order: number[] = []
    const held = [1, 2, 3].map((each) => ask().then(() => order.push(each)))
    await clock.advance(19_999)
    expect(wire.received).toHaveLength(1)
    await clock.advance(1)
    expect(wire.received).toHaveLength(4)
    await clock.advance(4_999)
    for (const each of wire.received) each.answer.resolve(answer())
    await Promise.all(held)
    expect(order).toEqual([1, 2, 3])
    expect(wire.destroyed).toBe(false)
    expect(clock.pending()).toBe(0)
  })

  test('arms a timer only while something waits', async () => {
    const { clock, dial, ask } = setUp()
    const first = ask()
    await clock.settle()
    dial.wires[0]?.received[0]?.answer.resolve(answer(20_000))
    await first
    expect(clock.pending()).toBe(0)
  })
})

describe('signals', () => {
  test('end the wait; the answer is dropped and the connection stays', async () => {
    const { clock, dial, ask } = setUp()
    const abort = new AbortController()
    const waiting = failure(ask(1, abort.signal))
    await clock.settle()
    abort.abort(new Error('enough'))
    expect((await waiting).code).toBe('FAUST_ABORTED')
    dial.wires[0]?.received[0]?.answer.resolve(answer())
    await clock.settle()
    expect(dial.wires[0]?.destroyed).toBe(false)
    expect(clock.pending()).toBe(0)
  })

  test('a broker that stays silent afterwards is still found out', async () => {
    const { clock, dial, ask } = setUp()
    const abort = new AbortController()
    const waiting = failure(ask(1, abort.signal))
    await clock.settle()
    abort.abort()
    await waiting
    await clock.advance(5_000)
    expect(dial.wires[0]?.destroyed).toBe(true)
  })

  test('fired before the request left, it never leaves', async () => {
    const { clock, dial, ask } = setUp()
    dial.open = false
    const abort = new AbortController()
    const waiting = failure(ask(1, abort.signal))
    abort.abort()
    await waiting
    dial.wires[0]?.connected.resolve()
    dial.wires[0]?.authenticated.resolve()
    await clock.settle()
    expect(dial.wires[0]?.received).toHaveLength(0)
    expect((await failure(ask(1, abort.signal))).code).toBe('FAUST_ABORTED')
  })
})

describe('brokers', () => {
  test('a connection to a broker that moved takes no more, and ends with its last answer', async () => {
    const { clock, dial, connections, broker, ask } = setUp()
    const before = ask()
    await clock.settle()
    connections.setBrokers([broker(1, 9_500)])
    expect(dial.wires[0]?.destroyed).toBe(false)
    const after = ask()
    await clock.settle()
    expect(dial.wires[1]?.address.port).toBe(9_500)
    dial.wires[0]?.received[0]?.answer.resolve(answer())
    await before
    expect(dial.wires[0]?.destroyed).toBe(true)
    dial.wires[1]?.received[0]?.answer.resolve(answer())
    await after
    expect(neverSent(await failure(ask(2)))).toBe(true)
  })

  test('the addresses of the settings stay usable, and give up their connections when the brokers are known', async () => {
    const { clock, dial, connections, broker, ask } = setUp()
    expect(connections.bootstrap).toEqual([{ node: -1, host: 'a', port: 1, rack: null }])
    const first = ask(-1)
    await clock.settle()
    dial.wires[0]?.received[0]?.answer.resolve(answer())
    await first
    connections.setBrokers([broker(1)])
    expect(dial.wires[0]?.destroyed).toBe(true)
    void failure(ask(-1))
    expect(dial.wires).toHaveLength(2)
  })

  test('a session that is about to run out is left for a fresh one', async () => {
    const { clock, dial, ask } = setUp()
    const first = ask()
    await clock.settle()
    dial.wires[0]!.isFresh = false
    const second = ask()
    await clock.settle()
    expect(dial.wires).toHaveLength(2)
    expect(dial.wires[0]?.destroyed).toBe(false)
    for (const wire of dial.wires) wire.received[0]?.answer.resolve(answer())
    await Promise.all([first, second])
    expect(dial.wires.map(({ destroyed }) => destroyed)).toEqual([true, false])
  })
})

test('closing settles everything and leaves no timer', async () => {
  const { clock, dial, connections, ask } = setUp()
  const first = ask()
  await clock.settle()
  dial.wires[0]?.received[0]?.answer.resolve(answer(1_000))
  await first
  dial.open = false
  const waiting = [ask(), ask(), ask(2)].map(failure)
  await clock.settle()
  await connections.close()
  for (const error of await Promise.all(waiting)) expect(error.code).toBe('FAUST_CLOSED')
  await clock.settle()
  expect(clock.pending()).toBe(0)
  expect(dial.wires.every(({ destroyed }) => destroyed)).toBe(true)
  expect((await failure(ask())).code).toBe('FAUST_CLOSED')
  await connections.close()
})
