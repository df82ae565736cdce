import { describe, expect, test } from 'vitest'
import { PartitionQueue } from '../../../src/processing/queue/partition-queue.ts'
import { Task } from '../../../src/processing/task/task.ts'
import { OutputRoom, WaitingOutputs } from '../../../src/processing/send/waiting-outputs.ts'
import type { TopicDefinition } from '../../../src/topic/topic-definition.ts'
import { manualClock } from '../../transport/embedded/support/manual-clock.ts'

const record = { key: null, value: new Uint8Array(10) }
const LIMIT = { limit: 100, leaving: false }

/** A task of one partition at offset 7, with a reader that is quiet when it is told so. */
function task(exact: boolean) {
  const clock = manualClock()
  const room = new OutputRoom(1000, () => {})
  const outputs = new WaitingOutputs(room)
  const group = { id: 'group', topics: ['in'], tables: [], partitions: 1 }
  const asked: string[] = []
  const made = new Task('group 0', group, 0, { clock, outputs, exact, commitSoon: () => asked.push('soon') })
  const queue = new PartitionQueue({ name: 'in' } as TopicDefinition, 0, 7, 0, { records: 10, bytes: 10 }, () => {})
  const reader = {
    name: 'agent',
    sequence: 0,
    frontier: 7,
    streamTime: 0,
    handed: 0,
    preparing: 0,
    collecting: 0,
    unsettled: 0,
    retrying: undefined,
    oldestInHand: -1,
    stalled: () => {},
    quiet: true,
    arrived: () => {},
    wake: () => {},
    quietUpTo: () => reader.quiet,
    report: () => undefined,
    close: () => {},
  }
  queue.readers.push(reader)
  made.queues.push(queue)
  made.status = 'live'
  return { asked, clock, outputs, queue, reader, room, task: made }
}

describe('a frozen task', () => {
  test('has no offset when nothing was done', async () => {
    expect(await task(true).task.freeze(LIMIT)).toMatchObject({ offsets: [], outputs: [], shards: [] })
  })

  test('has an offset that has not moved when something was sent', async () => {
    const { outputs, queue, task: one } = task(true)
    outputs.add('out', 3, record)
    expect(await one.freeze(LIMIT)).toMatchObject({
      offsets: [{ queue, offset: 7 }],
      outputs: [{ topic: 'out', partition: 3, records: [record], bytes: 10 }],
    })
    expect(await one.freeze(LIMIT)).toMatchObject({ offsets: [], outputs: [] })
  })

  test('is taken as it is when it is not quiet in time', async () => {
    const { clock, reader, task: one } = task(false)
    reader.quiet = false
    expect(await clock.until(one.freeze(LIMIT))).toBeDefined()
    expect(one.held).toBe(false)
  })

  test('gives nothing when it is exact and not quiet in time; it stays held, and asks for the next cycle when it is', async () => {
    const { asked, clock, outputs, reader, task: one } = task(true)
    outputs.add('out', 0, record)
    reader.quiet = false
    expect(await clock.until(one.freeze(LIMIT))).toBeUndefined()
    expect(one.held).toBe(true)
    const before = clock.monotonic()
    expect(await clock.until(one.freeze(LIMIT))).toBeUndefined()
    expect(clock.monotonic()).toBe(before)
    one.checkQuiet()
    expect(asked).toEqual([])
    reader.quiet = true
    one.checkQuiet()
    expect(asked).toEqual(['soon'])
    expect((await one.freeze(LIMIT))?.outputs).toHaveLength(1)
    expect(one.held).toBe(false)
  })

  test('gives nothing when it is halted or closed meanwhile', async () => {
    const halted = task(true)
    halted.reader.quiet = false
    const waiting = halted.task.freeze(LIMIT)
    halted.task.halt()
    expect(await waiting).toBeUndefined()
    halted.reader.quiet = true
    expect(await halted.task.freeze(LIMIT)).toBeUndefined()
    const closed = task(false)
    closed.task.close('gone')
    expect(await closed.task.freeze(LIMIT)).toBeUndefined()
  })
})

describe('outputs that wait', () => {
  test('count until they are in the log, or are given up with their task', async () => {
    const { outputs, room, task: one } = task(true)
    outputs.add('out', 0, record)
    outputs.add('out', 2, record)
    expect(room.records).toBe(2)
    const frozen = await one.freeze(LIMIT)
    outputs.add('out', 0, record)
    expect(room.records).toBe(3)
    outputs.gone(frozen!.outputs)
    expect(room.records).toBe(1)
    one.close('gone')
    expect(room.records).toBe(0)
  })

  test('say once that there is too much, until some was taken', () => {
    let full = 0
    const room = new OutputRoom(25, () => full++)
    const [one, other] = [new WaitingOutputs(room), new WaitingOutputs(room)]
    for (let count = 0; count < 4; count++) one.add('out', 0, record)
    expect(full).toBe(1)
    one.take()
    other.add('out', 0, record)
    other.add('out', 0, record)
    expect(full).toBe(1)
    other.add('out', 0, record)
    expect(full).toBe(2)
  })
})
