import { afterEach, describe, expect, test } from 'vitest'
import { embeddedStore, FaustError, type Store } from '../../../src/index.ts'
import type { Broker } from '../../../src/transport/embedded/log/broker.ts'
import {
  type Counted,
  type Handled,
  member,
  type Member,
  type MemberOptions,
  type Order,
  place,
  readCommitted,
} from '../../support/exactly-once-world.ts'
import { collect } from '../../support/until.ts'
import { fixture, type Fixture } from '../../transport/embedded/support/fixture.ts'

/** The requests of one transaction, in their order. */
const STEPS = ['addPartitionsToTxn', 'produce', 'addOffsetsToTxn', 'txnOffsetCommit', 'endTxn'] as const

/** A commit only where a test asks for one. */
const NEVER = 3_600_000

const lost = (): Promise<never> =>
  Promise.reject(new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'it was lost', { retriable: true }))

/** What is done about a request: called before it is made; what it answers, if anything, is the answer. */
type Intercept = (request: () => unknown, args: readonly unknown[]) => unknown

/** A way to the log on which requests can be intercepted by their names. */
function tapped(): { readonly link: (broker: Broker) => Broker; readonly taps: Map<string, Intercept> } {
  const taps = new Map<string, Intercept>()
  const link = (broker: Broker): Broker =>
    new Proxy(broker, {
      get: (target, name) => {
        const operation: unknown = Reflect.get(target, name, target)
        if (typeof operation !== 'function') return operation
        return (...args: unknown[]): unknown => {
          const request = (): unknown => Reflect.apply(operation, target, args)
          const tap = taps.get(String(name))
          return tap === undefined ? request() : tap(request, args)
        }
      },
    })
  return { link, taps }
}

class World {
  readonly fixture: Fixture = fixture()
  readonly handled: Handled = []
  readonly members: Member[] = []

  constructor() {
    this.fixture.log.createTopics([{ name: 'orders', partitions: 4 }])
  }

  get clock(): Fixture['clock'] {
    return this.fixture.clock
  }

  async start(options: MemberOptions = {}): Promise<Member> {
    const one = member(this.fixture, this.handled, options)
    this.members.push(one)
    await this.clock.until(one.started)
    return one
  }

  /** Orders of one account after the other, with ids that go on. */
  put(...accounts: readonly string[]): void {
    for (const account of accounts) place(this.fixture, { id: this.#id++, account, product: 'tea' })
  }
  #id = 0

  async outputs(): Promise<readonly Counted[]> {
    const all = await readCommitted(this.fixture, 'counted', 3)
    return all
      .flat()
      .map((value) => JSON.parse(value) as Counted)
      .toSorted((a, b) => a.id - b.id)
  }

  async until(what: string, condition: () => unknown, limit = 60_000): Promise<void> {
    for (let waited = 0; !condition(); waited += 10) {
      if (waited > limit) throw new Error(`waited ${limit} ms in vain until ${what}`)
      await this.clock.advance(10)
    }
  }

  async close(): Promise<void> {
    for (const one of this.members) one.resume()
    await this.clock.until(Promise.all(this.members.map(({ app }) => app.stop().catch(() => {}))))
    await this.fixture.log.close()
  }
}

const worlds: World[] = []
function world(): World {
  const made = new World()
  worlds.push(made)
  return made
}
afterEach(async () => {
  for (const one of worlds.splice(0)) await one.close()
})

const idle = (one: Member): boolean =>
  one.app
    .status()
    .partitions.every(
      ({ agents, committed, position }) => committed === position && agents.every(({ inHand }) => inHand === 0),
    )

describe('a cycle', () => {
  test('makes what handlers wrote and sent visible together, and nothing of it before', async () => {
    const here = world()
    const one = await here.start({ commitInterval: NEVER })
    here.put('anna', 'anna', 'bert')
    await here.until('all are handled', () => here.handled.length === 3)
    await here.clock.advance(1000)
    expect(await here.outputs()).toEqual([])
    expect(await here.clock.until(collect(one.accounts()))).toEqual([])
    expect(await here.clock.until(one.count('anna'))).toBe(0)
    expect(await here.clock.until(one.app.commit())).toBe(true)
    expect(await here.outputs()).toEqual([
      { id: 0, count: 1 },
      { id: 1, count: 2 },
      { id: 2, count: 1 },
    ])
    expect(new Map(await here.clock.until(collect(one.accounts())))).toEqual(
      new Map([
        ['anna', 2],
        ['bert', 1],
      ]),
    )
    expect(await here.clock.until(one.count('anna'))).toBe(2)
  })

  test('commits nothing beyond what an unfinished list of another agent holds: it is handed over as it is', async () => {
    const here = world()
    const one = await here.start({ gather: 3 })
    here.put('anna', 'anna', 'anna', 'anna')
    await here.until('all is committed', () => here.handled.length === 4 && idle(one))
    expect(one.lists.flat()).toEqual([0, 1, 2, 3])
    for (const list of one.lists) expect(list.length).toBeLessThanOrEqual(3)
    one.kill()
    const two = await here.start({ gather: 3 })
    here.put('anna')
    await here.until('the next is committed', () => two.lists.length > 0 && idle(two))
    expect(two.lists).toEqual([[4]])
    expect(await here.outputs()).toEqual([0, 1, 2, 3, 4].map((id) => ({ id, count: id + 1 })))
  })

  test('leaves a task out that is not quiet, and takes it as soon as it is', async () => {
    const here = world()
    const one = await here.start({ pace: ({ account }) => (account === 'dave' ? 700 : 0), commitInterval: 50 })
    // They are of different partitions and lanes.
    here.put('dave', 'bert')
    await here.clock.advance(500)
    expect((await here.outputs()).map(({ id }) => id)).toEqual([1])
    const began = here.clock.monotonic()
    await here.until('both are committed', () => idle(one) && here.handled.length === 2)
    expect(here.clock.monotonic() - began).toBeLessThan(400)
    expect((await here.outputs()).map(({ id }) => id)).toEqual([0, 1])
  })

  test('begins early when more waits than `outboxBytes`', async () => {
    const here = world()
    const one = await here.start({ commitInterval: NEVER, outboxBytes: 200 })
    here.put(...Array.from({ length: 100 }, () => 'anna'))
    await here.until('all are committed', () => here.handled.length === 100)
    await here.until('nearly all are readable', () => one.app.status().sending * 20 < 1000)
    expect((await here.outputs()).length).toBeGreaterThan(80)
  })
})

describe('a crash', () => {
  test.each(STEPS.flatMap((step) => [[step, 'before'] as const, [step, 'after'] as const]))(
    'at %s, %s it has reached the log, loses nothing and doubles nothing',
    async (step, moment) => {
      const here = world()
      const { link, taps } = tapped()
      const first = await here.start({ link, workerId: 'one' })
      here.put('anna', 'bert', 'anna')
      await here.until('the first orders are committed', () => here.handled.length === 3 && idle(first))
      taps.set(step, async (request) => {
        if (moment === 'after') await request()
        first.kill()
        return new Promise(() => {})
      })
      here.put('anna', 'cora', 'bert')
      await here.until('it is dead', () => first.app.state === 'crashed')
      const second = await here.start({ workerId: 'one' })
      await here.until('the second has done the rest', () => idle(second))
      await here.clock.advance(1000)
      expect(await here.outputs()).toEqual([
        { id: 0, count: 1 },
        { id: 1, count: 1 },
        { id: 2, count: 2 },
        { id: 3, count: 3 },
        { id: 4, count: 1 },
        { id: 5, count: 2 },
      ])
      expect(new Map(await here.clock.until(collect(second.products())))).toEqual(new Map([['tea', 6]]))
    },
  )
})

describe('a transaction that fails', () => {
  /** What makes one attempt of a step fail, and what has to be true in the end all the same. */
  async function failing(tap: (taps: Map<string, Intercept>, one: Member, here: World) => void): Promise<World> {
    const here = world()
    const { link, taps } = tapped()
    const one = await here.start({ link, workerId: 'one' })
    here.put('anna', 'bert')
    await here.until('the first orders are committed', () => here.handled.length === 2 && idle(one))
    tap(taps, one, here)
    here.put('anna', 'bert', 'anna')
    await here.clock.advance(20_000)
    await here.until('all is committed', () => idle(one))
    expect(one.app.status()).toMatchObject({ state: 'running', sending: 0 })
    expect(await here.outputs()).toEqual([
      { id: 0, count: 1 },
      { id: 1, count: 1 },
      { id: 2, count: 2 },
      { id: 3, count: 2 },
      { id: 4, count: 3 },
    ])
    expect(new Map(await here.clock.until(collect(one.accounts())))).toEqual(
      new Map([
        ['anna', 3],
        ['bert', 2],
      ]),
    )
    expect(new Map(await here.clock.until(collect(one.products())))).toEqual(new Map([['tea', 5]]))
    return here
  }
  /** Fails so many attempts. */
  const times = (count: number, how: Intercept): Intercept => {
    let left = count
    return (request, args) => (left-- > 0 ? how(request, args) : request())
  }

  test.each(STEPS)('because no answer to %s comes for longer than its time-out is processed again', async (step) => {
    const here = await failing((taps, _one, { clock }) => {
      const until = clock.monotonic() + 8000
      taps.set(step, (request) => (clock.monotonic() < until ? lost() : request()))
    })
    expect(here.handled.length).toBeGreaterThan(5)
  })

  test.each(STEPS)('or not: answers to %s are lost while it is carried out', async (step) => {
    await failing((taps, _one, { clock }) => {
      const until = clock.monotonic() + 8000
      taps.set(step, async (request) => {
        const answer = await request()
        if (clock.monotonic() < until) return lost()
        return answer
      })
    })
  })

  test('is made good also when the producer cannot be made anew for a while', async () => {
    let refused = 0
    await failing((taps, _one, { clock }) => {
      const until = clock.monotonic() + 5000
      taps.set('endTxn', (request) => (clock.monotonic() < until ? lost() : request()))
      const later = clock.monotonic() + 15_000
      taps.set('initProducerId', (request) => {
        if (clock.monotonic() > later) return request()
        refused++
        return lost()
      })
    })
    expect(refused).toBeGreaterThan(3)
  })

  test('is given up when the app stops meanwhile; the next worker does it again', async () => {
    const here = world()
    const { link, taps } = tapped()
    const one = await here.start({ link })
    taps.set('endTxn', lost)
    taps.set('initProducerId', lost)
    here.put('anna', 'bert')
    await here.until('they are handled', () => here.handled.length === 2)
    await here.clock.advance(4000)
    await here.clock.until(one.app.stop().catch(() => {}))
    const two = await here.start()
    await here.until('it is done', () => idle(two))
    expect(await here.outputs()).toEqual([
      { id: 0, count: 1 },
      { id: 1, count: 1 },
    ])
  })

  test('ends the calls that have something of it in hand', async () => {
    const here = world()
    const { link, taps } = tapped()
    let slow = 7000
    const pace = ({ id }: Order): number => (id === 1 ? slow : 0)
    const one = await here.start({ link, pace })
    // Both are of one task: the transaction with the first fails while a handler has the second in hand.
    taps.set('txnOffsetCommit', times(1, lost))
    taps.set('endTxn', (request) => (here.clock.monotonic() < 6000 ? lost() : request()))
    here.put('anna')
    await here.until('the first is on its way', () => here.handled.length === 1)
    await here.clock.advance(150)
    here.put('anna')
    await here.until('both are in hand again', () => here.handled.length > 2)
    slow = 0
    await here.until('all is done', () => one.refused.length > 0 && idle(one))
    expect(one.refused).toMatchObject([{ code: 'FAUST_LEASE_ENDED' }])
    expect(await here.outputs()).toEqual([
      { id: 0, count: 1 },
      { id: 1, count: 2 },
    ])
  })
})

describe('a store', () => {
  /** A store whose next so many writes fail. */
  function failingStore(): { readonly store: Store; fail: number } {
    const store = embeddedStore()
    const result = { store, fail: 0 }
    const open = store.open.bind(store)
    store.open = async (...given) => {
      const shard = await open(...given)
      const write = shard.write.bind(shard)
      shard.write = (batch) => {
        if (result.fail-- > 0) throw new Error('disk full')
        return write(batch)
      }
      return shard
    }
    return result
  }

  test('that cannot be written after the commit catches up from the changelog', async () => {
    const here = world()
    const broken = failingStore()
    const one = await here.start({ store: broken.store })
    here.put('anna', 'bert')
    await here.until('they are committed', () => here.handled.length === 2 && idle(one))
    broken.fail = 1
    here.put('anna')
    await here.until('it is committed', () => here.handled.length === 3 && idle(one) && broken.fail < 1)
    await here.clock.advance(1000)
    here.put('anna')
    await here.until('the next is committed', () => here.handled.length === 4 && idle(one))
    expect(await here.outputs()).toEqual([
      { id: 0, count: 1 },
      { id: 1, count: 1 },
      { id: 2, count: 2 },
      { id: 3, count: 3 },
    ])
    expect(one.app.state).toBe('running')
  })

  test('that cannot be written at all stops the app', async () => {
    const here = world()
    const broken = failingStore()
    const one = await here.start({ store: broken.store })
    broken.fail = Infinity
    here.put('anna')
    await here.until('it has stopped', () => one.app.state === 'crashed')
    await expect(one.app.done).rejects.toThrow('disk full')
  })
})

describe('a worker', () => {
  test('that was paused past its session commits nothing when it wakes up', async () => {
    const here = world()
    const { link, taps } = tapped()
    const zombie = await here.start({ link })
    here.put('anna', 'bert')
    await here.until('the first are committed', () => here.handled.length === 2 && idle(zombie))
    // Everything of the transaction has reached the log but its end.
    let wake: (() => void) | undefined
    taps.set('endTxn', (request) => {
      taps.delete('endTxn')
      zombie.pause()
      return new Promise((resolve) => (wake = () => resolve(request())))
    })
    here.put('anna', 'cora')
    await here.clock.advance(5000)
    const heir = await here.start()
    await here.until(
      'its partitions have moved and are done',
      () => idle(heir) && heir.app.status().partitions.length === 8,
    )
    const before = await here.outputs()
    expect(before).toEqual([
      { id: 0, count: 1 },
      { id: 1, count: 1 },
      { id: 2, count: 2 },
      { id: 3, count: 1 },
    ])
    wake!()
    zombie.resume()
    await here.clock.advance(10_000)
    expect(await here.outputs()).toEqual(before)
    here.put('anna')
    await here.clock.advance(5000)
    expect(await here.outputs()).toEqual([...before, { id: 4, count: 3 }])
    expect(zombie.app.state).toBe('running')
  })

  test('that loses one of its tasks during a transaction commits none of it', async () => {
    const here = world()
    const { link, taps } = tapped()
    const one = await here.start({ link })
    here.put('anna', 'bert', 'cora', 'dave', 'emma', 'finn', 'gina')
    let release: (() => void) | undefined
    taps.set('txnOffsetCommit', (request) => {
      taps.delete('txnOffsetCommit')
      return new Promise((resolve) => (release = () => resolve(request())))
    })
    await here.until('a transaction waits', () => release !== undefined)
    const two = await here.start({ transactionTimeout: 60_000 })
    await here.until('some have moved', () => two.app.status().partitions.length > 0)
    release!()
    await here.until('all is done', () => idle(one) && idle(two))
    await here.clock.advance(1000)
    expect(await here.outputs()).toEqual(Array.from({ length: 7 }, (_, id) => ({ id, count: 1 })))
  })

  test('whose name another one has taken stops and says so', async () => {
    const here = world()
    const one = await here.start({ workerId: 'same' })
    const two = await here.start({ workerId: 'same' })
    here.put('anna')
    await here.until('the older has stopped', () => one.app.state === 'crashed')
    await expect(one.app.done).rejects.toMatchObject({ message: expect.stringContaining('same') as string })
    await here.until('the newer works', () => idle(two))
    await here.clock.advance(5000)
    expect(await here.outputs()).toEqual([{ id: 0, count: 1 }])
  })

  test('takes a task back to its last commit when it is asked to', async () => {
    const here = world()
    const one = await here.start({ commitInterval: NEVER })
    here.put('anna')
    await here.until('it is handled', () => here.handled.length === 1)
    await here.clock.until(one.app.commit())
    here.put('anna')
    await here.until('the next is handled', () => here.handled.length === 2)
    const { tasks } = one.worker()
    const task = tasks.live.find(({ queues }) => queues.some((queue) => queue.frontier > queue.committed))!
    await here.clock.until(tasks.rewind(task))
    await here.until('it came again', () => here.handled.length === 3)
    await here.clock.until(one.app.commit())
    expect(here.handled).toEqual([0, 1, 1])
    expect(await here.outputs()).toEqual([
      { id: 0, count: 1 },
      { id: 1, count: 2 },
    ])
  })
})

describe('handlers', () => {
  test('cannot publish: the record has no place before the commit that waits for them', async () => {
    const here = world()
    const one = await here.start({ publishes: true })
    here.put('anna')
    await here.until('it was refused', () => one.refused.length > 0)
    expect(one.refused).toMatchObject([{ code: 'FAUST_WAITS_FOR_COMMIT' }])
  })
})

describe('the setting', () => {
  test('is refused when it is neither, and by a transport without transactions', async () => {
    const here = world()
    expect(() => member(here.fixture, [], { guarantee: 'at-most-once' as 'exactly-once' })).toThrow(
      expect.objectContaining({ code: 'FAUST_SETTING_INVALID' }) as Error,
    )
    const plain = member(here.fixture, [], { withoutTransactions: true })
    await expect(here.clock.until(plain.started)).rejects.toMatchObject({ code: 'FAUST_NOT_SUPPORTED' })
  })
})
