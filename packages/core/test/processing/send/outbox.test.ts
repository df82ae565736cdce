import { expect, test } from 'vitest'
import { Outbox } from '../../../src/processing/send/outbox.ts'
import { systemClock } from '../../../src/service/clock.ts'
import { deferred } from '../../../src/service/deferred.ts'
import type { Producer } from '../../../src/transport/producer.ts'
import type { OutgoingRecord } from '../../../src/transport/record.ts'

type Send = (topic: string, partition: number, records: readonly OutgoingRecord[]) => Promise<{ baseOffset: number }>

function outbox(send: Send, limits = { batch: 3, bytes: 1000 }): { box: Outbox; failures: unknown[] } {
  const failures: unknown[] = []
  const producer = { send } as unknown as Producer
  return { failures, box: new Outbox(producer, systemClock(), {} as never, limits, (error) => failures.push(error)) }
}

const record = (text: string): OutgoingRecord => ({ key: null, value: new TextEncoder().encode(text) })
const textOf = (one: OutgoingRecord): string => new TextDecoder().decode(one.value)

test('keeps the order of the sends of each partition and gathers them', async () => {
  const sent: string[][] = []
  const { box } = outbox(async (topic, partition, records) => {
    sent.push([`${topic}-${partition}`, ...records.map(textOf)])
    return { baseOffset: 0 }
  })
  for (const text of ['a', 'b', 'c', 'd']) void box.add('t', 0, record(text))
  void box.add('t', 1, record('x'))
  await box.flush()
  expect(sent).toEqual([
    ['t-0', 'a', 'b', 'c'],
    ['t-0', 'd'],
    ['t-1', 'x'],
  ])
})

test('flush waits for what was sent before it', async () => {
  const answer = deferred<{ baseOffset: number }>()
  const { box } = outbox(() => answer.promise)
  void box.add('t', 0, record('a'))
  let flushed = false
  const flush = box.flush().then(() => (flushed = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(flushed).toBe(false)
  answer.resolve({ baseOffset: 0 })
  await flush
})

test('makes senders wait while too much is unacknowledged', async () => {
  const answer = deferred<{ baseOffset: number }>()
  const { box } = outbox(() => answer.promise, { batch: 1, bytes: 4 })
  expect(box.add('t', 0, record('abc'))).toBeUndefined()
  const room = box.add('t', 0, record('def'))
  expect(room).toBeInstanceOf(Promise)
  answer.resolve({ baseOffset: 0 })
  await room
  expect(box.add('t', 0, record('g'))).toBeUndefined()
})

test('keeps a failure: every later flush and send meets it, and it is reported once', async () => {
  const cause = new Error('refused')
  const { box, failures } = outbox(() => Promise.reject(cause))
  void box.add('t', 0, record('a'))
  void box.add('t', 1, record('b'))
  await expect(box.flush()).rejects.toBe(cause)
  await expect(box.flush()).rejects.toBe(cause)
  expect(() => box.add('t', 0, record('c'))).toThrow(cause)
  expect(failures).toEqual([cause])
})
