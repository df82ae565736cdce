import { type Serializer, silentLogger, text } from '@faust/core'
import { expect, test } from 'vitest'
import { testApp } from '../../src/index.ts'
import { drive, newApp, orderCount, realTime, shout } from './programs.ts'

test('an agent that fails makes the call reject, and every later one', async () => {
  const app = newApp()
  const source = app.topic<string>('source', { partitions: 1 })
  const target = app.topic<string>('target')
  app.agent('picky', source, async (stream) => {
    for await (const value of stream) {
      if (value === 'bad') throw new Error('no bad ones')
      await target.send({ value })
    }
  })
  const driver = await drive(app)
  await driver.send(source, { value: 'good' })
  const failure = {
    code: 'FAUST_AGENT_FAILED',
    message: expect.stringContaining(
      'Agent picky failed 4 times at topic source, partition 0, offset 1: no bad ones',
    ) as string,
    cause: { message: 'no bad ones' },
  }
  await expect(driver.send(source, { value: 'bad' })).rejects.toMatchObject(failure)
  await expect(driver.send(source, { value: 'good' })).rejects.toMatchObject(failure)
  await expect(driver.advance(1)).rejects.toMatchObject(failure)
  await expect(driver.commit()).rejects.toMatchObject(failure)
  expect(await driver.read(target)).toMatchObject([{ value: 'good' }])
  await driver.close()
})

test('a handler that fails after a sleep makes the advance reject that wakes it', async () => {
  const app = newApp({ failures: { retries: 0 } })
  const source = app.topic<string>('source')
  app.agent('late', source, async (stream) => {
    for await (const _ of stream) {
      await new Promise<void>((resolve) => void driver.clock.setTimeout(resolve, 50))
      throw new Error('too late')
    }
  })
  const driver = await drive(app)
  await driver.send(source, { value: 'x' })
  await driver.advance(49)
  await expect(driver.advance(1)).rejects.toThrow('too late')
})

test('a failure in real work makes the call reject that waits for it', async () => {
  const app = newApp()
  const source = app.topic<string>('source')
  app.agent('late', source, async (stream) => {
    for await (const _ of stream) {
      await realTime(5)
      throw new Error('too late')
    }
  })
  const driver = await drive(app)
  await expect(driver.send(source, { value: 'x' })).rejects.toThrow('too late')
})

test('close tells a failure that nobody was told', async () => {
  const app = newApp({ failures: { retries: 0 } })
  const source = app.topic<string>('source')
  app.agent('late', source, async (stream) => {
    for await (const _ of stream) {
      await realTime(5)
      throw new Error('unnoticed')
    }
  })
  const driver = await testApp(app, { patience: 0 })
  await driver.send(source, { value: 'x' })
  await realTime(20)
  await expect(driver.close()).rejects.toMatchObject({ code: 'FAUST_AGENT_FAILED' })
})

test('a table used in the wrong partition says which, and what to do', async () => {
  const app = newApp()
  const source = app.topic<string>('source')
  const counts = app.table<number>('counts', { default: () => 0 })
  app.agent('count', source, { tables: [counts] }, async (stream) => {
    for await (const value of stream) await counts.update(value, (count) => count + 1)
  })
  const driver = await drive(app)
  await driver.send(source, { key: 'same', value: 'same' })
  const other = driver.send(
    source,
    Array.from({ length: 10 }, (_, index) => ({ key: 'same', value: `other-${index}` })),
  )
  await expect(other).rejects.toThrow(
    /A key of table counts belongs to partition \d, but the value in hand is from topic source, partition \d, .*groupBy/,
  )
})

test('a task that fails at the start makes the driver reject', async () => {
  const app = newApp()
  app.task('load', () => Promise.reject(new Error('nothing to load')))
  await expect(testApp(app)).rejects.toMatchObject({ code: 'FAUST_WORK_FAILED' })
  expect(app.state).toBe('crashed')
})

test.each([
  ['one by one', 1, 'send'],
  ['in ever larger batches', 3, 'send'],
  ['without a turn of the loop', 1, 'publish'],
] as const)('a program that feeds itself %s is found out', async (_, copies, how) => {
  const app = newApp()
  const ping = app.topic<number>('ping')
  const pong = app.topic<number>('pong')
  for (const [name, from, to] of [
    ['there', ping, pong],
    ['back', pong, ping],
  ] as const) {
    app.agent(name, from, async (stream) => {
      for await (const value of stream) for (let copy = 0; copy < copies; copy++) await to[how]({ value: value + 1 })
    })
  }
  const driver = await drive(app, { limit: 500 })
  await expect(driver.send(ping, { value: 0 })).rejects.toMatchObject({
    code: 'FAUST_TIMEOUT',
    message: expect.stringMatching(
      /^The app is not quiet after \d+ rounds of reading while time stood still; .* Records read in this time: \d+ of p[io]ng, \d+ of p[io]ng/,
    ) as string,
  })
  await expect(driver.advance(100)).rejects.toMatchObject({ code: 'FAUST_TIMEOUT' })
  await driver.close()
})

test('a long way through the log is not endless', async () => {
  const app = newApp()
  const count = app.topic<number>('count')
  app.agent('down', count, async (stream) => {
    for await (const value of stream) if (value > 0) await count.send({ value: value - 1 })
  })
  const driver = await drive(app)
  await driver.send(count, { value: 3000 })
  expect(await driver.read(count)).toHaveLength(3001)
})

test('says what can not be driven', async () => {
  const { app, said } = shout()
  const driver = await drive(app)
  await expect(testApp(app)).rejects.toMatchObject({ code: 'FAUST_TOO_LATE' })
  await expect(testApp(newApp(), { patience: -1 })).rejects.toThrow('`patience` is -1')
  await expect(testApp(newApp(), { limit: 0 })).rejects.toThrow('`limit` is 0')
  await expect(testApp(newApp(), { world: driver.world, seed: 1 })).rejects.toThrow('`seed` is given beside `world`')
  await expect(driver.advance(-1)).rejects.toMatchObject({ code: 'FAUST_SETTING_INVALID' })
  await expect(driver.send(said, { value: 'x', partition: 9 })).rejects.toMatchObject({
    code: 'FAUST_PARTITION_UNKNOWN',
  })
  const { orders } = orderCount()
  await expect(driver.send(orders, { value: { accountId: 'a', amount: 1 } })).rejects.toMatchObject({
    code: 'FAUST_TOPIC_MISSING',
    message: expect.stringContaining("The driver's log has no topic orders") as string,
  })
  await driver.close()
  await expect(driver.send(said, { value: 'x' })).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
})

test('nothing of what the app was declared with is touched', async () => {
  const refuse = (): never => {
    throw new Error('touched')
  }
  const untouchable = new Proxy(
    { name: 'untouchable', contract: 1, start: refuse, close: refuse },
    {
      get: (target, name) => (name in target ? Reflect.get(target, name) : refuse()) as unknown,
    },
  )
  const { app, said, shouted } = shout({
    transport: untouchable as never,
    store: untouchable as never,
    sensors: [{ name: 'refuse', contract: 1, start: refuse, close: refuse, onReceived: refuse }],
    logger: { ...silentLogger, info: refuse, child: refuse },
  })
  const lines: string[] = []
  const logger = { ...silentLogger, info: (line: unknown) => void lines.push(String(line)), child: () => logger }
  const driver = await drive(app, { logger })
  await driver.send(said, { key: 'k', value: 'hello' })
  expect(await driver.read(shouted)).toMatchObject([{ value: 'HELLO' }])
  expect(lines).toContain('Made topics, with partitions: said (4), shouted (4)')
})

test('what is no app, and an option that does not exist', async () => {
  const program = (): object => ({ app: newApp() })
  await expect(testApp(program as never)).rejects.toThrow(/takes an app.*a function: call it/)
  await expect(testApp(program() as never)).rejects.toThrow(/testApp\(program\(\)\.app\)/)
  await expect(testApp(undefined as never)).rejects.toMatchObject({ code: 'FAUST_SETTING_INVALID' })
  await expect(testApp(newApp(), { partition: 1 } as never)).rejects.toThrow(/`partition` does not exist/)
})

test('a serializer that gives a string is refused in the send', async () => {
  const app = newApp()
  const wrong = { ...text(), name: 'wrong', encode: String } as unknown as Serializer<string>
  const driver = await drive(app)
  await expect(driver.send(newApp().topic('said', { value: wrong }), { value: 'x' })).rejects.toThrow(
    /value of a record for topic said.*wrong.*a string/,
  )
  await driver.close()
})

test('an app that was started before is refused, with what to do', async () => {
  const app = newApp()
  app.topic('source')
  await drive(app)
  await expect(testApp(app)).rejects.toMatchObject({
    code: 'FAUST_TOO_LATE',
    message: expect.stringMatching(/test was started before.*Declare it in a function/) as string,
  })
})

test('a topic that is given by its name is refused', async () => {
  const app = newApp()
  app.topic('source')
  const driver = await drive(app)
  const refused = {
    code: 'FAUST_SETTING_INVALID',
    message: expect.stringContaining("what app.topic('source') gave") as string,
  }
  await expect(driver.send('source' as never, { value: 1 })).rejects.toMatchObject(refused)
  await expect(driver.read('source' as never)).rejects.toMatchObject(refused)
})

test('a function that fails before it has a value is called again, and in the end makes the call reject', async () => {
  const program = (failures: number) => {
    const app = newApp()
    const source = app.topic<number>('source', { partitions: 1 })
    const seen: number[] = []
    let calls = 0
    app.agent('connect', source, async (stream) => {
      if (calls++ < failures) throw new Error('no database')
      for await (const value of stream) seen.push(value)
    })
    return { app, source, seen }
  }
  const passing = program(2)
  const driver = await drive(passing.app)
  await driver.send(passing.source, { value: 1 })
  expect(passing.seen).toEqual([1])
  expect(passing.app.status().failing).toEqual([])
  const lasting = program(4)
  const error = await drive(lasting.app)
    .then((other) => other.send(lasting.source, { value: 1 }))
    .catch((given: unknown) => given)
  expect(error).toMatchObject({
    code: 'FAUST_AGENT_FAILED',
    message: expect.stringMatching(
      /failed 4 times before it had a value: no database\. Nothing was lost.*Mend the handler\.$/,
    ) as string,
  })
})
