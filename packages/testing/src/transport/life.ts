import { isFaustError, TRANSPORT_CONTRACT } from '@faust/core'
import { describe, equal, fail, ok, rejects, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { record } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const BOUNDED = 'close ends everything the adapter has opened: it is idempotent and bounded'

/** Name, manifest, start and end. */
export const life: CaseGroup<TransportContext> = {
  name: 'life',
  cases: {
    'it carries its name, the contract it was written for and its manifest': async ({ create, supports }) => {
      const transport = await create()
      ok(typeof transport.name === 'string' && transport.name !== '', 'an adapter carries a name, for messages')
      equal(transport.contract, TRANSPORT_CONTRACT, 'an adapter carries the version of the contract it was written for')
      for (const capability of [
        'durable',
        'transactions',
        'cooperative',
        'staticMembership',
        'deleteRecords',
      ] as const) {
        equal(typeof transport.supports[capability], 'boolean', `supports.${capability} says yes or no`)
        equal(transport.supports[capability], supports[capability], 'the manifest is the same for every instance')
      }
    },

    'a transport that was never started can be closed, twice': async ({ create }) => {
      const transport = await create()
      await transport.close()
      await transport.close()
    },

    'close is idempotent, also when called twice at once': async ({ connect }) => {
      const transport = await connect()
      await Promise.all([transport.close(), transport.close()])
      await transport.close()
    },

    'close ends polls that are waiting': async ({ connect, declare, reader, clock }) => {
      const topic = await declare()
      const transport = await connect()
      const open = await reader({}, transport)
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const begin = clock.monotonic()
      const poll = settle(() => open.poll({ maxWait: 60_000 }))
      await transport.close()
      const { error } = await poll
      if (error !== undefined && !isFaustError(error)) fail(BOUNDED, `The poll failed with ${describe(error)}`)
      ok(clock.monotonic() - begin < 30_000, BOUNDED, 'The poll waited on')
    },

    'what was opened is closed with it': async ({ connect, declare, producer, reader }) => {
      const topic = await declare()
      const transport = await connect()
      const writer = await producer({}, transport)
      const open = await reader({}, transport)
      await transport.close()
      await rejects(() => writer.send(topic, 0, [record('late')]), [], BOUNDED)
      await rejects(() => open.assign([{ topic, partition: 0, offset: 0 }]), [], BOUNDED)
      // Both are still to bear their own close.
      await writer.close()
      await open.close()
    },

    'one client ends without the others': async ({ connect, declare, producer, read }) => {
      const topic = await declare()
      const [one, two] = [await connect(), await connect()]
      const writer = await producer({}, two)
      await one.close()
      await writer.send(topic, 0, [record('still here')])
      equal((await read(topic)).records.length, 1, 'several apps or workers each have their own transport')
    },
  },
}
