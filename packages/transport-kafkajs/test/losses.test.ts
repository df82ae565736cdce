import { failure } from '@faust-tools/test-support'
import { isUnavailable, neverSent } from '@faust/kafka'
import { expect, test } from 'vitest'
import { ask, connect, metadataAnswer, until } from './support/connect.ts'
import { scriptedBroker } from './support/scripted-broker.ts'
import type { Arrived } from './support/scripted-broker.ts'

test('after a loss at any byte of an answer the next request gets its own answer', async () => {
  let cut = 0
  let whole = 0
  const broker = await scriptedBroker({
    onRequest(request) {
      const frame = request.frame(metadataAnswer())
      whole = frame.length
      if (cut < 0) return request.socket.write(frame)
      return request.socket.end(frame.subarray(0, cut))
    },
  })
  const connection = await connect({ brokers: [broker.address] })
  for (let at = 0; whole === 0 || at < whole; at++) {
    cut = at
    const error = await failure(ask(connection))
    expect(isUnavailable(error)).toBe(true)
    expect(neverSent(error)).toBe(false)
    cut = -1
    expect((await ask(connection)).clusterId).toBe('cluster')
    // Nobody is at the other end of what is left: the server closes it as if it had been idle.
    const idle = broker.sockets.at(-1)!
    idle.end()
    await until(() => idle.destroyed)
  }
  expect(whole).toBeGreaterThan(40)
  expect(broker.sockets).toHaveLength(whole * 2)
})

test('after a loss at any byte of the first answer of a connection the next request gets its own', async () => {
  let cut = 0
  let whole = 0
  const broker = await scriptedBroker({
    onVersions(request, answer) {
      const frame = request.frame(answer)
      whole = frame.length
      if (cut < 0) request.socket.write(frame)
      else request.socket.end(frame.subarray(0, cut))
    },
    onRequest: (request) => request.answer(metadataAnswer()),
  })
  const connection = await connect({ brokers: [broker.address] })
  for (let at = 0; whole === 0 || at < whole; at++) {
    cut = at
    const error = await failure(ask(connection))
    expect(isUnavailable(error)).toBe(true)
    expect(neverSent(error)).toBe(true)
    cut = -1
    expect((await ask(connection)).clusterId).toBe('cluster')
    const idle = broker.sockets.at(-1)!
    idle.end()
    await until(() => idle.destroyed)
  }
  expect(broker.sockets).toHaveLength(whole * 2)
})

test('fifty sends after a loss open one socket, and each gets an answer', async () => {
  let lose = true
  const broker = await scriptedBroker({
    onRequest(request) {
      if (lose) request.socket.resetAndDestroy()
      else request.answer(metadataAnswer())
    },
  })
  const connection = await connect({ brokers: [broker.address] })
  const lost = await Promise.all(Array.from({ length: 50 }, () => failure(ask(connection))))
  expect(lost.every(isUnavailable)).toBe(true)
  expect(broker.sockets).toHaveLength(1)
  lose = false
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(connection)))
  expect(answers).toHaveLength(50)
  expect(broker.sockets).toHaveLength(2)
})

test('answers may come one byte at a time, or many at once', async () => {
  let held: Arrived[] = []
  const broker = await scriptedBroker({
    onRequest(request) {
      held.push(request)
      if (held.length < 3) return
      const bytes = Buffer.concat(held.map((each) => each.frame(metadataAnswer())))
      held = []
      let at = 0
      const next = (): void => {
        if (at < bytes.length) request.socket.write(bytes.subarray(at, ++at), () => setImmediate(next))
      }
      next()
    },
  })
  const connection = await connect({ brokers: [broker.address] })
  const answers = await Promise.all([ask(connection), ask(connection), ask(connection)])
  expect(answers.map(({ clusterId }) => clusterId)).toEqual(['cluster', 'cluster', 'cluster'])
})

test('a request time-out closes its socket; the next works, and the late answer reaches nobody', async () => {
  const held: Arrived[] = []
  const broker = await scriptedBroker({
    onRequest(request) {
      if (request.connection === 0) held.push(request)
      else request.answer(metadataAnswer())
    },
  })
  const connection = await connect({ brokers: [broker.address] })
  const beside = failure(ask(connection))
  const error = await failure(ask(connection, 'control', { timeout: 100 }))
  expect(error.message).toBe(
    `Kafka broker ${broker.address} did not answer Metadata within 100 ms: it is overloaded, or not reachable any more`,
  )
  expect((await beside).details['sent']).toBe(true)
  for (const each of held) each.answer(metadataAnswer(9))
  expect((await ask(connection)).throttleTime).toBe(0)
  await until(() => broker.sockets[0]!.destroyed)
  expect(broker.open()).toBe(1)
})

test('a JoinGroup that waits holds up nothing else on its broker', async () => {
  // As a broker does: one request at a time per connection.
  let join: Arrived | undefined
  const broker = await scriptedBroker({
    onRequest(request) {
      if (request.connection === 0) join = request
      else request.answer(metadataAnswer())
    },
  })
  const connection = await connect({ brokers: [broker.address], requestTimeout: 1_000 })
  let joined = false
  const joining = ask(connection, 'join', { timeout: 20_000 }).then(() => (joined = true))
  await until(() => join !== undefined)
  const began = performance.now()
  while (performance.now() - began < 1_500) {
    await Promise.all([ask(connection), ask(connection, 'produce'), ask(connection, 'fetch-live')])
  }
  expect(joined).toBe(false)
  expect(broker.sockets).toHaveLength(4)
  join?.answer(metadataAnswer())
  await joining
})

test('what a quota asks for is waited for, and is no time-out', async () => {
  let throttle = 1_500
  const at: number[] = []
  const broker = await scriptedBroker({
    onRequest(request) {
      at.push(performance.now())
      request.answer(metadataAnswer(throttle))
      throttle = 0
    },
  })
  const connection = await connect({ brokers: [broker.address], requestTimeout: 1_000 })
  await ask(connection)
  await Promise.all([ask(connection), ask(connection)])
  expect(at[1]! - at[0]!).toBeGreaterThan(1_490)
  expect(broker.sockets).toHaveLength(1)
})

test('a signal ends the wait and leaves the connection to others', async () => {
  const held: Arrived[] = []
  const broker = await scriptedBroker({ onRequest: (request) => void held.push(request) })
  const connection = await connect({ brokers: [broker.address] })
  const abort = new AbortController()
  const waiting = failure(ask(connection, 'control', { signal: abort.signal }))
  const other = ask(connection)
  await until(() => held.length === 2)
  abort.abort()
  expect((await waiting).code).toBe('FAUST_ABORTED')
  for (const each of held) each.answer(metadataAnswer())
  await other
  expect(broker.sockets).toHaveLength(1)
})

test('closing settles everything, closes every socket and leaves no timer', async () => {
  const broker = await scriptedBroker({})
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
  const before = timers()
  const connection = await connect({ brokers: [broker.address] })
  const open = [ask(connection), ask(connection, 'join'), ask(connection, 'fetch-a')]
  await until(() => broker.requests.length === 3)
  const waiting = [...open, ask(connection), ask(connection, 'produce')].map(failure)
  await connection.close()
  for (const error of await Promise.all(waiting)) expect(error.code).toBe('FAUST_CLOSED')
  await until(() => broker.open() === 0)
  expect(timers()).toBeLessThanOrEqual(before)
  expect((await failure(ask(connection))).code).toBe('FAUST_CLOSED')
})
