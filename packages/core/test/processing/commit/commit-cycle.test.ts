import { describe, expect, test } from 'vitest'
import {
  type App,
  embeddedStore,
  embeddedTransport,
  FaustError,
  json,
  type OffsetToCommit,
  type Store,
  type Transport,
} from '../../../src/index.ts'
import { createEmbeddedLog, type EmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../../support/test-app.ts'
import { collect, until } from '../../support/until.ts'

/** A dead worker's partitions are free soon. */
const fast = { sessionTimeout: 300, heartbeatInterval: 50 }

/** What happened at the border of core, in order. */
type Step = 'output' | 'changelog' | 'commit' | 'store'

interface Border {
  readonly steps: Step[]
  readonly transport: Transport & { kill(): void }
  readonly store: Store
  /** Called before each step; what it throws or rejects with is what the step does. */
  before: (step: Step) => unknown
}

/** A transport and a store that tell what core asks of them. */
function border(log: EmbeddedLog): Border {
  const transport = embeddedTransport({ log })
  const store = embeddedStore()
  const result: Border = { steps: [], transport, store, before: () => {} }
  const note = async (step: Step): Promise<void> => {
    await result.before(step)
    result.steps.push(step)
  }
  const { producer, groupConsumer } = transport
  transport.producer = (options) => {
    const made = producer.call(transport, options)
    const send = made.send.bind(made)
    made.send = async (topic, partition, records) => {
      if (topic !== 'input') await note(topic.endsWith('-changelog') ? 'changelog' : 'output')
      return send(topic, partition, records)
    }
    return made
  }
  transport.groupConsumer = (options) => {
    const made = groupConsumer.call(transport, options)
    const commit = made.commit.bind(made)
    made.commit = async (offsets: readonly OffsetToCommit[]) => {
      await note('commit')
      return commit(offsets)
    }
    return made
  }
  const open = store.open.bind(store)
  store.open = async (...given) => {
    const shard = await open(...given)
    const write = shard.write.bind(shard)
    shard.write = async (batch) => {
      await note('store')
      return write(batch)
    }
    return shard
  }
  return result
}

interface Program {
  readonly app: App
  readonly input: { send(record: { key: string; value: number }): Promise<void> }
  readonly table: () => Promise<[string, number][]>
}

function program(parts: { readonly transport: Transport; readonly store: Store }, commitInterval = 3_600_000): Program {
  const app = testApp({ transport: parts.transport, store: parts.store, commitInterval })
  const input = app.topic('input', { value: json<number>(), partitions: 1 })
  const output = app.topic('output', { value: json<number>(), partitions: 1 })
  const sums = app.table('sums', { value: json<number>(), default: () => 0 })
  app.agent('sum', input, { tables: [sums] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      await output.send({ key, value: await sums.update(key!, (sum) => sum + value) })
    }
  })
  return { app, input, table: () => collect(sums.entries()) }
}

const frontier = (app: App): number | undefined => app.status().partitions[0]?.frontier
const committed = (app: App): number | undefined => app.status().partitions[0]?.committed
const retriable = (): FaustError =>
  new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'away for a moment', { retriable: true })

async function started(log: EmbeddedLog = createEmbeddedLog({})): Promise<Border & Program> {
  const parts = border(log)
  const made = program(parts)
  await made.app.start()
  await made.input.send({ key: 'a', value: 1 })
  await made.input.send({ key: 'a', value: 2 })
  await until('both are handled', () => frontier(made.app) === 2)
  return Object.assign(parts, made)
}

describe('a cycle', () => {
  test('makes outputs durable before changelogs, these before offsets, and writes the store last', async () => {
    const { app, steps } = await started()
    expect(await app.commit()).toBe(true)
    // What was sent in two turns of the loop leaves in two batches.
    const order = steps.filter((step, index) => step !== steps[index - 1])
    expect(order).toEqual(['output', 'changelog', 'commit', 'store'])
    expect(committed(app)).toBe(2)
  })

  test('commits nothing when there is nothing', async () => {
    const { app, steps } = await started()
    await app.commit()
    steps.length = 0
    expect(await app.commit()).toBe(true)
    expect(steps).toEqual([])
  })

  test.each(['changelog', 'commit'] as const)(
    'that fails at its %s is repeated with newer values on top',
    async (failing) => {
      const one = await started()
      one.before = (step) => {
        if (step === failing) throw retriable()
      }
      expect(await one.app.commit()).toBe(false)
      expect(one.steps).not.toContain('store')
      expect(committed(one.app)).toBe(0)
      await one.input.send({ key: 'a', value: 10 })
      await one.input.send({ key: 'b', value: 5 })
      await until('they are handled', () => frontier(one.app) === 4)
      one.before = () => {}
      one.steps.length = 0
      expect(await one.app.commit()).toBe(true)
      expect(one.steps.filter((step) => step !== 'output')).toEqual(['changelog', 'commit', 'store'])
      expect(committed(one.app)).toBe(4)
      expect(await one.table()).toEqual([
        ['a', 13],
        ['b', 5],
      ])
    },
  )

  test('whose outputs are refused stops the app before anything is committed', async () => {
    const log = createEmbeddedLog({})
    const parts = border(log)
    parts.before = (step) => {
      if (step === 'output') throw new FaustError('FAUST_TOPIC_MISSING', 'no such topic')
    }
    const { app, input } = program(parts)
    await app.start()
    await input.send({ key: 'a', value: 1 })
    await expect(app.done).rejects.toMatchObject({ code: 'FAUST_TOPIC_MISSING' })
    await app.stop().catch(() => {})
    expect(parts.steps).toEqual([])
  })

  test('whose store cannot be written stops the app; the changelog has what the store lacks', async () => {
    const log = createEmbeddedLog({})
    const one = await started(log)
    one.before = (step) => {
      if (step === 'store') throw new FaustError('FAUST_STORE_FAILED', 'disk full')
    }
    expect(await one.app.commit()).toBe(false)
    await expect(one.app.done).rejects.toMatchObject({ code: 'FAUST_STORE_FAILED' })
    await one.app.stop().catch(() => {})
    const again = program({ transport: embeddedTransport({ log }), store: embeddedStore() })
    await again.app.start()
    expect(await again.table()).toEqual([['a', 3]])
    expect(committed(again.app)).toBe(2)
  })

  test('takes what the values changed while an earlier cycle was writing', async () => {
    const one = await started()
    let release!: () => void
    const gate = new Promise<void>((resolve) => (release = resolve))
    one.before = (step) => (step === 'commit' ? gate : undefined)
    const first = one.app.commit()
    await until('it has written the changelog', () => one.steps.includes('changelog'))
    await one.input.send({ key: 'a', value: 100 })
    await until('the handler goes on meanwhile', () => frontier(one.app) === 3)
    expect(await one.table()).toEqual([['a', 103]])
    release()
    expect(await first).toBe(true)
    expect(committed(one.app)).toBe(2)
    expect(await one.app.commit()).toBe(true)
    expect(committed(one.app)).toBe(3)
  })

  test('writes what a value was at its moment, also when a handler changes the object in place', async () => {
    const log = createEmbeddedLog({})
    const parts = border(log)
    const app = testApp({ ...fast, transport: parts.transport, store: parts.store, commitInterval: 3_600_000 })
    const input = app.topic('input', { value: json<number>(), partitions: 1 })
    const lists = app.table('lists', { value: json<number[]>(), default: () => [] })
    app.agent('collect', input, { tables: [lists] }, async (stream) => {
      for await (const value of stream) {
        await lists.update('all', (list) => {
          list.push(value)
          return list
        })
      }
    })
    await app.start()
    await input.send({ value: 1 })
    await until('it is handled', () => frontier(app) === 1)
    let release!: () => void
    const gate = new Promise<void>((resolve) => (release = resolve))
    parts.before = (step) => (step === 'changelog' ? gate : undefined)
    const cycle = app.commit()
    await input.send({ value: 2 })
    await until('the next is handled', () => frontier(app) === 2)
    release()
    expect(await cycle).toBe(true)
    // A crash here: what the changelog has must be the value as of the committed offset.
    parts.transport.kill()
    const again = testApp({ ...fast, log, stopTimeout: 100 })
    const same = again.table('lists', { value: json<number[]>() })
    again.agent('collect', again.topic('input', { value: json<number>() }), { tables: [same] }, async (stream) => {
      for await (const _ of stream) await new Promise(() => {})
    })
    await again.start()
    expect(await collect(same.entries())).toEqual([['all', [1]]])
  })
})
