import { describe, expect, it } from 'vitest'
import { createMonitor, silentLogger, systemClock } from '../../src/index.ts'
import type { Monitor } from '../../src/index.ts'

/** A monitor that was started at 1,000 ms of a clock moved by hand. */
async function started(): Promise<{ monitor: Monitor; pass: (ms: number) => void }> {
  let time = 1000
  const clock = { ...systemClock(), now: () => 1_700_000_000_000 + time, monotonic: () => time }
  const monitor = createMonitor()
  await monitor.start({ app: 'test', clock, logger: silentLogger })
  return { monitor, pass: (ms) => void (time += ms) }
}

const place = { topic: 'orders', partition: 2 }

describe('createMonitor', () => {
  it('counts records, bytes and rates, in all and by topic', async () => {
    const { monitor, pass } = await started()
    for (let i = 0; i < 10; i++) {
      pass(100)
      monitor.onReceived!({ ...place, count: 50, bytes: 5000, nextOffset: 50 * (i + 1), lag: 7 })
      monitor.onProcessed!({ ...place, agent: 'count', count: 40, duration: 10 })
      monitor.onSent!({ topic: 'totals', partition: 0, count: 20, bytes: 100, duration: 3 })
    }
    const snapshot = monitor.snapshot()
    expect(snapshot.totals).toMatchObject({
      received: 500,
      receivedBytes: 50_000,
      processed: 400,
      sent: 200,
      sentBytes: 1000,
    })
    expect(snapshot.rates).toEqual({ received: 500, processed: 400, sent: 200 })
    expect(snapshot.uptime).toBe(1000)
    expect(snapshot.time).toBe(1_700_000_002_000)
    expect(snapshot.topics['orders']).toMatchObject({ received: 500, receivedRate: 500, sent: 0, lag: 7 })
    expect(snapshot.topics['totals']).toMatchObject({
      received: 0,
      sent: 200,
      sentBytes: 100 * 10,
      sentRate: 200,
      partitions: {},
    })
    expect(snapshot.agents['count']).toMatchObject({ processed: 400, failed: 0, rate: 400 })
    expect(snapshot.agents['count']!.latency).toMatchObject({ count: 10, mean: 10, max: 10 })
    expect(snapshot.latencies.send).toMatchObject({ count: 10, mean: 3 })
  })

  it('tells how far each partition is behind what was committed, else what was read', async () => {
    const { monitor, pass } = await started()
    monitor.onReceived!({ ...place, count: 10, bytes: 1, nextOffset: 10, lag: 5 })
    expect(monitor.snapshot().topics['orders']!.partitions['2']).toEqual({
      readOffset: 10,
      endOffset: 15,
      committedOffset: -1,
      lag: 5,
      paused: false,
      silentFor: 0,
    })
    monitor.onCommit!({
      duration: 4,
      entries: 3,
      offsets: [
        { ...place, offset: 8 },
        { topic: 'orders', partition: 3, offset: 1 },
      ],
    })
    pass(500)
    const { partitions, lag } = monitor.snapshot().topics['orders']!
    expect(partitions['2']).toMatchObject({ committedOffset: 8, lag: 7, silentFor: 500 })
    expect(partitions['3']).toBeUndefined()
    expect(lag).toBe(7)
  })

  it('forgets the partitions that left, also when a commit of theirs is told later', async () => {
    const { monitor } = await started()
    for (const partition of [2, 3]) {
      monitor.onReceived!({ topic: 'orders', partition, count: 10, bytes: 1, nextOffset: 10, lag: 5 })
      monitor.onRestore!({ table: 'totals', partition, done: 9, total: 9, records: 7, duration: 30 })
    }
    monitor.onReleased!({ topics: [place], tables: [{ table: 'totals', partition: 2 }] })
    monitor.onCommit!({ duration: 4, entries: 0, offsets: [{ ...place, offset: 10 }] })
    const { topics, tables, totals } = monitor.snapshot()
    expect(topics['orders']).toMatchObject({ received: 20, lag: 5 })
    expect(Object.keys(topics['orders']!.partitions)).toEqual(['3'])
    expect(Object.keys(tables['totals']!.restores)).toEqual(['3'])
    expect(totals).toMatchObject({ received: 20, commits: 1 })
  })

  it('keeps failures apart from successes', async () => {
    const { monitor } = await started()
    monitor.onFailed!({ ...place, agent: 'count', offset: 3, error: new Error('x'), attempts: 1, outcome: 'retry' })
    monitor.onSent!({ ...place, count: 5, bytes: 10, duration: 90, error: new Error('x') })
    monitor.onCommit!({ duration: 9, entries: 4, offsets: [{ ...place, offset: 8 }], error: new Error('x') })
    const { totals, agents, topics, latencies } = monitor.snapshot()
    expect(totals).toMatchObject({ failed: 1, sent: 0, sendErrors: 5, commits: 0, commitErrors: 1, entries: 0 })
    expect(agents['count']).toMatchObject({ failed: 1, latency: null })
    expect(topics['orders']).toMatchObject({ sendErrors: 5, partitions: {} })
    expect(latencies.sendError).toMatchObject({ count: 1 })
    expect([latencies.send, latencies.commit]).toEqual([null, null])
  })

  it('follows tables, restores, rebalances, back-pressure, state and counts of the user', async () => {
    const { monitor, pass } = await started()
    monitor.onState!({ state: 'running' })
    monitor.onTable!({ table: 'totals', partition: 0, gets: 3, sets: 2, deletes: 1, late: 2 })
    monitor.onTable!({ table: 'totals', partition: 1, gets: 1, sets: 1, deletes: 0, late: 0 })
    monitor.onRestore!({ table: 'totals', partition: 1, done: 5, total: 9, records: 4, duration: 20 })
    expect(monitor.snapshot().latencies.restore).toBeNull()
    expect(monitor.snapshot().tables['totals']!.restores['1']).toMatchObject({ rate: 250, left: 16 })
    monitor.onStandby!({ table: 'totals', partition: 2, offset: 40, lag: 3, following: true })
    monitor.onStandby!({ table: 'totals', partition: 3, offset: 7, lag: 0, following: true })
    monitor.onStandby!({ table: 'totals', partition: 3, offset: 7, lag: 0, following: false })
    monitor.onRestore!({ table: 'totals', partition: 1, done: 9, total: 9, records: 7, duration: 30 })
    monitor.onRebalance!({ generation: 4, added: 2, removed: 1, kept: 3, duration: 12 })
    monitor.onBackPressure!({ ...place, paused: true, records: 100, bytes: 1000 })
    monitor.onStall!({ kind: 'commit', ...place, offset: 3, duration: 60_000 })
    monitor.count('mails')
    monitor.count('mails', 4)
    pass(250)
    const snapshot = monitor.snapshot()
    expect(snapshot).toMatchObject({
      state: 'running',
      stateFor: 250,
      group: { generation: 4, tasks: 5 },
      counts: { mails: 5 },
    })
    expect(snapshot.tables['totals']).toEqual({
      gets: 4,
      sets: 3,
      deletes: 1,
      late: 2,
      restores: { '1': { done: 9, total: 9, records: 7, duration: 30, rate: 300, left: 0 } },
      standbys: { '2': { offset: 40, lag: 3 } },
    })
    expect(snapshot.totals).toMatchObject({ rebalances: 1, backPressure: 1, stalls: 1 })
    expect(snapshot.topics['orders']!.backPressure).toBe(1)
    expect(snapshot.latencies.rebalance).toMatchObject({ count: 1, max: 12 })
    expect(snapshot.latencies.restore).toMatchObject({ count: 1, max: 30 })
    expect(snapshot.topics['orders']!.partitions['2']!.paused).toBe(true)
    monitor.onBackPressure!({ ...place, paused: false, records: 10, bytes: 100 })
    expect(monitor.snapshot().topics['orders']!.partitions['2']!.paused).toBe(false)
    expect(monitor.snapshot().totals.backPressure).toBe(1)
  })

  it('gives plain data that JSON carries unchanged, also before the start', async () => {
    const fresh = createMonitor()
    fresh.onState!({ state: 'starting' })
    expect(JSON.parse(JSON.stringify(fresh.snapshot()))).toEqual(fresh.snapshot())
    const { monitor } = await started()
    monitor.onReceived!({ ...place, count: 1, bytes: 1, nextOffset: 1, lag: 0 })
    monitor.onProcessed!({ ...place, agent: '__proto__', count: 1, duration: 1 })
    const snapshot = monitor.snapshot()
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
    expect(Object.keys(snapshot.agents)).toEqual(['__proto__'])
  })

  it('hands out what does not change any more', async () => {
    const { monitor } = await started()
    const before = monitor.snapshot()
    monitor.onReceived!({ ...place, count: 1, bytes: 1, nextOffset: 1, lag: 0 })
    monitor.onTable!({ table: 't', partition: 0, gets: 1, sets: 1, deletes: 1, late: 0 })
    expect(before.totals.received).toBe(0)
    expect(before.topics).toEqual({})
  })
})
