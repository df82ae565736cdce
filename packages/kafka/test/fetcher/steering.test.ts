import { expect, test } from 'vitest'
import { FakeLog } from './support/fake-log.ts'
import { reading, values } from './support/reading.ts'

const place = { topic: 't', partition: 0 }

test('pause holds at hand-over: what was fetched is kept and not fetched again', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a', 'b', 'c')
  await assign('t', 0, 0)
  expect(values(await poll({ maxRecords: 1 }))).toEqual(['a'])
  fetcher.pause([place])
  const before = fake.fetches().length
  expect(await poll({ maxWait: 500 })).toEqual([])
  fetcher.resume([place])
  expect(values(await poll({ maxRecords: 1 }))).toEqual(['b'])
  expect(values(await poll())).toEqual(['c'])
  const offsets = fake
    .fetches()
    .slice(before)
    .flatMap(({ partitions }) => partitions.map(({ offset }) => offset))
  expect(offsets.filter((offset) => offset < 3)).toEqual([])
})

test('a resume gives what was kept to the poll that waits, at once', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a', 'b')
  await assign('t', 0, 0)
  await poll({ maxRecords: 1 })
  fetcher.pause([place])
  const begin = fake.clock.monotonic()
  const waiting = fake.clock.run(() => {
    fake.clock.setTimeout(() => fetcher.resume([place]), 10)
    return fetcher.poll({ maxWait: 1000 })
  })
  expect(values(await waiting)).toEqual(['b'])
  expect(fake.clock.monotonic() - begin).toBeLessThan(20)
})

test('a paused partition is asked for no more, however often the others are', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [first, second] = fake.topic('t', 2)
  await assign('t', 0, 0)
  await assign('t', 1, 0)
  await poll({ maxWait: 50 })
  fetcher.pause([place])
  first!.send('a')
  for (let i = 0; i < 5; i++) {
    second!.send(`b${i}`)
    expect(values(await poll())).toEqual([`b${i}`])
  }
  expect(fake.fetches().at(-1)?.forgotten.length ?? 0).toBe(0)
  expect(fake.fetches().some(({ forgotten }) => forgotten.some(({ partition }) => partition === 0))).toBe(true)
  const begin = fake.clock.monotonic()
  fetcher.resume([place])
  expect(values(await poll())).toEqual(['a'])
  expect(fake.clock.monotonic() - begin).toBeLessThanOrEqual(110)
})

test('a pause counts for the poll that waits', async () => {
  const { fake, fetcher, assign } = reading()
  const [log] = fake.topic('t')
  await assign('t', 0, 0)
  const poll = fake.clock.run(() => {
    const waiting = fetcher.poll({ maxWait: 300 })
    fetcher.pause([place])
    log!.send('held')
    return waiting
  })
  expect(await poll).toEqual([])
  fetcher.resume([place])
  expect(values(await fake.clock.run(() => fetcher.poll({ maxWait: 1000 })))).toEqual(['held'])
})

test('a long pause does not take for granted that the topic is the same', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 0)
  await poll()
  fetcher.pause([place])
  await fake.clock.advance(10_000)
  fake.deleteTopic('t')
  const known = fake.refreshes
  fake.logs.clear()
  fake.ids.set('t', 'another')
  const other = new FakeLog()
  other.send('x', 'y', 'z')
  fake.logs.set('t 0', other)
  fetcher.resume([place])
  await expect(poll()).rejects.toMatchObject({ code: 'FAUST_TOPIC_RECREATED' })
  expect(fake.refreshes).toBeGreaterThan(known)
})

test('seek, assign and unassign drop what was fetched and what is on its way', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a', 'b', 'c', 'd')
  await assign('t', 0, 0)
  expect(values(await poll({ maxRecords: 1 }))).toEqual(['a'])
  fetcher.seek(place, 2)
  expect(values(await poll())).toEqual(['c', 'd'])
  // Its answer is under way.
  const waiting = fake.clock.run(() => {
    const poll = fetcher.poll({ maxWait: 1000 })
    fake.clock.setTimeout(() => log!.send('e'), 10)
    fake.clock.setTimeout(() => fetcher.seek(place, 1), 9.5)
    return poll
  })
  expect(values(await waiting)[0]).toBe('b')
  fetcher.seek(place, 3)
  fetcher.unassign([place])
  await assign('t', 0, 0)
  expect(values(await poll({ maxRecords: 1 }))).toEqual(['a'])
  fetcher.unassign([place])
  expect(await poll({ maxWait: 300 })).toEqual([])
  expect(fetcher.partitions()).toEqual([])
})

test('an error that answers another place than now is dropped', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a', 'b')
  await assign('t', 0, 99)
  const found = fake.clock.run(() => {
    const poll = fetcher.poll({ maxWait: 1000 })
    // The request is on its way; the answer is out of range.
    fake.clock.setTimeout(() => fetcher.seek(place, 1), 0.5)
    return poll
  })
  expect(values(await found)).toEqual(['b'])
  expect(await poll({ maxWait: 300 })).toEqual([])
})

test('an error that was asked under another assignment is dropped', async () => {
  const { fake, fetcher, assign } = reading()
  const [log] = fake.topic('t')
  log!.send('a', 'b')
  await assign('t', 0, 99)
  const found = fake.clock.run(() => {
    const poll = fetcher.poll({ maxWait: 1000 })
    fake.clock.setTimeout(() => {
      log!.end = 99
      fetcher.add([place])
      fetcher.seek(place, 99)
    }, 1.5)
    return poll
  })
  expect(await found).toEqual([])
})

test('what was added gives nothing before it is sought, and strangers are ignored', async () => {
  const { fake, fetcher, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a', 'b')
  fetcher.add([place])
  expect(await poll({ maxWait: 200 })).toEqual([])
  expect(fake.fetches()).toEqual([])
  const stranger = { topic: 'other', partition: 0 }
  fetcher.seek(stranger, 0)
  fetcher.pause([stranger])
  fetcher.resume([stranger])
  fetcher.seek(place, 1)
  expect(values(await poll())).toEqual(['b'])
})
