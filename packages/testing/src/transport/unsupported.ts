import type { GroupConsumerOptions, Transport } from '@faust/core'
import { rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { testAssignor } from './assignor.ts'
import type { TransportContext } from './transport-context.ts'

const RULE = 'what the manifest does not claim throws FAUST_NOT_SUPPORTED'

/** One group for each capability, run where it is not claimed. */
export const unsupported: readonly CaseGroup<TransportContext>[] = [
  {
    name: 'without transactions',
    needs: ['!transactions'],
    cases: {
      'a transactional producer is refused': async ({ connect, uniqueName }) => {
        const transport = await connect()
        const open = async (): Promise<void> => {
          const producer = transport.producer({ transactionalId: uniqueName('transaction') })
          try {
            await producer.init()
          } finally {
            await producer.close()
          }
        }
        await rejects(open, 'FAUST_NOT_SUPPORTED', RULE)
      },
    },
  },
  {
    name: 'without cooperative',
    needs: ['!cooperative'],
    cases: {
      'a cooperative member is refused': async (context) => {
        await rejects(() => join(context, { protocol: 'cooperative' }), 'FAUST_NOT_SUPPORTED', RULE)
      },
    },
  },
  {
    name: 'without static membership',
    needs: ['!staticMembership'],
    cases: {
      'a member with an instance id is refused': async (context) => {
        await rejects(() => join(context, { instanceId: context.uniqueName('instance') }), 'FAUST_NOT_SUPPORTED', RULE)
      },
    },
  },
  {
    name: 'without deleteRecords',
    needs: ['!deleteRecords'],
    cases: {
      'deleteRecords is refused': async ({ declare, observer }) => {
        const topic = await declare()
        const { admin } = await observer()
        await rejects(() => admin.deleteRecords([{ topic, partition: 0, offset: 0 }]), 'FAUST_NOT_SUPPORTED', RULE)
      },
    },
  },
]

async function join(context: TransportContext, options: Partial<GroupConsumerOptions>): Promise<void> {
  const transport: Transport = await context.connect()
  const nothing = (): Promise<void> => Promise.resolve()
  const consumer = transport.groupConsumer({
    group: context.uniqueName(),
    assignor: testAssignor({ topics: [await context.declare()], cooperative: false }),
    hooks: { onRejoin: nothing, onRevoked: nothing, onAssigned: nothing, onLost: nothing },
    protocol: 'eager',
    isolation: 'read-uncommitted',
    ...options,
  })
  try {
    await consumer.start()
  } finally {
    await consumer.close({ leave: true })
  }
}
