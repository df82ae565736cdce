import { expect, test } from 'vitest'
import { FaustError, type Producer } from '../../../src/index.ts'
import { ChangelogProducer } from '../../../src/processing/commit/changelog-producer.ts'
import { type Deferred, deferred } from '../../../src/service/deferred.ts'

function made() {
  const inits: Deferred<void>[] = []
  const producer = {
    init: () => {
      const init = deferred()
      inits.push(init)
      return init.promise
    },
  } as unknown as Producer
  return { inits, producer, changelogs: new ChangelogProducer(producer) }
}

const lost = new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'lost', { retriable: true })

test('what was given up is made anew before it is used again, as often as that takes', async () => {
  const { changelogs, inits, producer } = made()
  expect(await changelogs.ready()).toBe(producer)
  changelogs.abandon()
  expect(changelogs.failed(new FaustError('FAUST_TRANSACTION_STATE', 'not initialised'))).toBe(true)
  const first = changelogs.ready()
  expect(inits).toHaveLength(1)
  inits[0]!.reject(lost)
  await expect(first).rejects.toBe(lost)
  const second = changelogs.ready()
  inits[1]!.resolve()
  expect(await second).toBe(producer)
  expect(await changelogs.ready()).toBe(producer)
  expect(inits).toHaveLength(2)
  expect(changelogs.failed(new Error('another'))).toBe(false)
})

test('records of unknown fate ask for a new producer, other failures do not', async () => {
  const { changelogs, inits, producer } = made()
  expect(changelogs.failed(lost)).toBe(false)
  expect(await changelogs.ready()).toBe(producer)
  expect(inits).toHaveLength(0)
  expect(changelogs.failed(new FaustError('FAUST_DELIVERY_UNKNOWN', 'unknown'))).toBe(true)
  const ready = changelogs.ready()
  expect(inits).toHaveLength(1)
  inits[0]!.resolve()
  expect(await ready).toBe(producer)
})
