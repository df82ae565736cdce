import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import type { OutgoingRecord } from '../../../src/transport/record.ts'
import { bounds, contents, produce, transactional } from './support/broker.ts'
import { record } from './support/fixture.ts'
import { manualClock } from './support/manual-clock.ts'

const COMPACTED = { 'cleanup.policy': 'compact' }

function compacted(config: Record<string, string> = {}) {
  const clock = manualClock()
  const log = createEmbeddedLog({ clock })
  log.createTopics([{ name: 't', partitions: 1, config: { ...COMPACTED, ...config } }])
  return { clock, log }
}

test('compaction keeps what a model keeps: the last record of each key, at its offset', async () => {
  const writes = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), { maxLength: 80 })
  await fc.assert(
    fc.asyncProperty(fc.array(writes, { maxLength: 4 }), async (rounds) => {
      const { clock, log } = compacted({ 'delete.retention.ms': '1000' })
      const model = new Map<string, { readonly offset: number; readonly text: string; metAt: number | null }>()
      let offset = 0
      for (const round of rounds) {
        for (const [key, isDelete] of round) {
          produce(log, 't', [record(key, isDelete ? null : `v${offset}`)])
          model.set(key, { offset, text: `${offset}:${key}=${isDelete ? null : `v${offset}`}`, metAt: null })
          offset++
        }
        log.compact('t')
        for (const [key, entry] of model) {
          if (!entry.text.endsWith('=null')) continue
          entry.metAt ??= clock.now()
          if (clock.now() >= entry.metAt + 1000) model.delete(key)
        }
        const expected = [...model.values()].sort((a, b) => a.offset - b.offset).map((entry) => entry.text)
        expect(contents(log, 't')).toEqual(expected)
        expect(bounds(log, 't')).toEqual({ logStart: 0, highWatermark: offset, lastStable: offset })
        await clock.advance(600)
      }
      await log.close()
    }),
    { numRuns: 80 },
  )
})

test('compaction stops at the last stable offset, and takes aborted records and markers away', async () => {
  const { clock, log } = compacted()
  const [done, lost, open] = ['done', 'lost', 'open'].map((id) => transactional(log, id)) as [
    ReturnType<typeof transactional>,
    ReturnType<typeof transactional>,
    ReturnType<typeof transactional>,
  ]
  done.add('t')
  done.send('t', record('k', 'first'), record('l', 'kept'))
  done.end(true)
  await clock.advance(10)
  lost.add('t')
  lost.send('t', record('l', 'aborted'))
  lost.end(false)
  await clock.advance(10)
  open.add('t')
  open.send('t', record('k', 'open'))
  produce(log, 't', [record('k', 'behind')])
  log.compact('t')
  // The record behind the open transaction supersedes nothing yet, and an aborted one never does.
  expect(contents(log, 't')).toEqual(['0:k=first', '1:l=kept', '5:k=open', '6:k=behind'])
  expect(contents(log, 't', 'read-committed')).toEqual(['0:k=first', '1:l=kept'])
  open.end(true)
  await clock.advance(10)
  log.compact('t')
  expect(contents(log, 't', 'read-committed')).toEqual(['1:l=kept', '6:k=behind'])
  expect(bounds(log, 't')).toEqual({ logStart: 0, highWatermark: 8, lastStable: 8 })
  await log.close()
})

test('records younger than min.compaction.lag.ms stay', async () => {
  const { clock, log } = compacted({ 'min.compaction.lag.ms': '1000' })
  const write = (value: string) => produce(log, 't', [{ ...record('k', value), timestamp: clock.now() }])
  write('one')
  write('two')
  await clock.advance(600)
  write('three')
  await clock.advance(600)
  log.compact('t')
  expect(contents(log, 't')).toEqual(['1:k=two', '2:k=three'])
  await log.close()
})

test('a log cleans itself when it is written to, in steps, and never its newest chunk', async () => {
  const { clock, log } = compacted()
  const many = (round: number): OutgoingRecord[] =>
    Array.from({ length: 1000 }, (_, index) => record(`k${index % 10}`, `${round}-${index}`))
  for (let round = 0; round < 30; round++) produce(log, 't', many(round))
  expect(contents(log, 't')).toHaveLength(30_000)
  await clock.advance(20_000)
  // Time alone does nothing: there is no timer.
  expect(contents(log, 't')).toHaveLength(30_000)
  expect(clock.pending).toBe(0)
  produce(log, 't', [record('last', 'x')])
  await clock.advance(1000)
  expect(clock.pending).toBe(0)
  const left = contents(log, 't')
  expect(left.length).toBeLessThan(1100)
  expect(new Set(left.map((entry) => entry.split(/[:=]/)[1])).size).toBe(11)
  expect(left.at(-1)).toBe('30000:last=x')
  await log.close()
})

test('reading is not disturbed by a compaction under way', async () => {
  const { clock, log } = compacted()
  for (let round = 0; round < 40; round++) {
    produce(
      log,
      't',
      Array.from({ length: 1024 }, (_, index) => record(`k${index}`, `${round}`)),
    )
  }
  await clock.advance(20_000)
  produce(log, 't', [record('k0', 'end')])
  const sizes = new Set<number>()
  for (let step = 0; clock.pending > 0 && step < 100; step++) {
    await clock.advance(0)
    const found = contents(log, 't')
    sizes.add(found.length)
    expect(found.slice(-1)).toEqual(['40960:k0=end'])
    const last = new Map(found.map((entry) => [entry.split(/[:=]/)[1], entry.split('=')[1]]))
    expect(last.size).toBe(1024)
    expect([...last.values()].filter((value) => value !== '39')).toEqual(['end'])
  }
  expect(Math.min(...sizes)).toBeLessThan(3000)
  await log.close()
})
