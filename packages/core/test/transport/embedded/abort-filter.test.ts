import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import { manualClock } from './support/manual-clock.ts'
import { contents, produce, texts, transactional } from './support/broker.ts'
import { record } from './support/fixture.ts'

/** What happens in a partition: somebody writes, or ends its transaction. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('write' as const), who: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('end' as const), who: fc.integer({ min: 1, max: 3 }), commit: fc.boolean() }),
  ),
  { maxLength: 60 },
)

test('read-committed gives what a model gives, however transactions lie inside each other', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (actions) => {
      const clock = manualClock()
      const log = createEmbeddedLog({ clock })
      log.createTopics([{ name: 't', partitions: 1 }])
      const producers = [1, 2, 3].map((id) => transactional(log, `p${id}`))
      const open = new Map<number, number[]>()
      const model = new Map<number, { readonly offset: number; visible: boolean; readonly value: string }>()
      let end = 0
      for (const action of actions) {
        const producer = producers[action.who - 1]
        if (action.kind === 'write') {
          const value = `v${end}`
          if (producer === undefined) produce(log, 't', texts(value))
          else {
            if (!open.has(action.who)) expect(producer.add('t')).toBe(0)
            expect(producer.send('t', record(null, value)).baseOffset).toBe(end)
            open.set(action.who, [...(open.get(action.who) ?? []), end])
          }
          model.set(end, { offset: end, visible: producer === undefined, value })
          end++
        } else {
          const mine = open.get(action.who)
          if (mine === undefined) continue
          expect(producer?.end(action.commit)).toBe(0)
          await clock.advance(10)
          for (const offset of mine) (model.get(offset) as { visible: boolean }).visible = action.commit
          open.delete(action.who)
          end++
        }
      }
      const stable = Math.min(end, ...[...open.values()].map((offsets) => offsets[0] ?? end))
      const expected = [...model.values()].filter(({ offset, visible }) => visible && offset < stable)
      expect(contents(log, 't', 'read-committed')).toEqual(expected.map(({ offset, value }) => `${offset}:=${value}`))
      expect(contents(log, 't')).toEqual([...model.values()].map(({ offset, value }) => `${offset}:=${value}`))
      expect(log.listOffsets([{ topic: 't', partition: 0 }])[0]).toMatchObject({
        highWatermark: end,
        lastStable: stable,
      })
      await log.close()
    }),
    { numRuns: 60 },
  )
})

test('an abort that spans many chunks hides all of them, and nothing of others', async () => {
  const clock = manualClock()
  const log = createEmbeddedLog({ clock })
  log.createTopics([{ name: 't', partitions: 1 }])
  const loser = transactional(log, 'loser')
  const winner = transactional(log, 'winner')
  loser.add('t')
  winner.add('t')
  for (let round = 0; round < 5; round++) {
    loser.send('t', ...Array.from({ length: 700 }, (_, index) => record(null, `lost ${round} ${index}`)))
    winner.send('t', record(null, `won ${round}`))
  }
  loser.end(false)
  winner.end(true)
  await clock.advance(10)
  const committed = contents(log, 't', 'read-committed')
  expect(committed.map((entry) => entry.split('=')[1])).toEqual(['won 0', 'won 1', 'won 2', 'won 3', 'won 4'])
  // Once more, now that the views of full chunks have been made.
  expect(contents(log, 't', 'read-committed')).toEqual(committed)
  await log.close()
})
