import type { GroupConsumerOptions } from '@faust/core'
import { override } from '../run-kit.ts'
import type { TransportDefect } from '../transport-defects.ts'

function changedHooks(change: (hooks: GroupConsumerOptions['hooks']) => Partial<GroupConsumerOptions['hooks']>) {
  return (options: GroupConsumerOptions): GroupConsumerOptions => ({
    ...options,
    hooks: { ...options.hooks, ...change(options.hooks) },
  })
}

/** What goes wrong with groups. */
export const GROUP_DEFECTS: readonly TransportDefect[] = [
  {
    what: 'delivers before seek',
    noticedBy: /member, nothing is delivered before seek/,
    transport: (transport) => ({
      groupConsumer(options) {
        const consumer = transport.groupConsumer(
          changedHooks((hooks) => ({
            async onAssigned(partitions, membership) {
              for (const partition of partitions) consumer.seek(partition, 0)
              await hooks.onAssigned(partitions, membership)
            },
          }))(options),
        )
        return consumer
      },
    }),
  },
  {
    what: 'takes its own time to close',
    noticedBy: /member, close gives up what is not done/,
    consumer: (consumer) => ({ close: ({ leave }) => consumer.close({ leave }) }),
  },
  {
    what: 'forgets the metadata of a commit',
    noticedBy: /member, commits are read back/,
    consumer: (consumer) => ({
      commit: (offsets) => consumer.commit(offsets.map((item) => ({ ...item, metadata: '' }))),
    }),
  },
  {
    what: 'does not await onRevoked',
    noticedBy: /a partition is given away only when onRevoked/,
    joining: changedHooks((hooks) => ({
      onRevoked: (partitions) => {
        void hooks.onRevoked(partitions)
        return Promise.resolve()
      },
    })),
  },
  {
    what: 'revokes what it keeps',
    noticedBy: /cooperation, only what moves is revoked/,
    joining: (options) => ({ ...options, protocol: 'eager' }),
  },
  {
    what: 'calls revoked what was lost',
    noticedBy: /session expiry, it learns of the loss/,
    joining: changedHooks((hooks) => ({ onLost: (partitions) => hooks.onRevoked(partitions) })),
  },
  {
    what: 'hides that a commit was refused',
    noticedBy: /session expiry, its late commit is refused/,
    consumer: (consumer) => ({ commit: (offsets) => consumer.commit(offsets).catch(() => undefined) }),
  },
  {
    what: 'leaves without telling',
    noticedBy: /eager rebalance, two members share/,
    consumer: (consumer) => ({ close: () => consumer.close({ leave: false }) }),
  },
  {
    what: 'has no static identity',
    noticedBy: /static membership, a restart within the session/,
    joining: (options) => ({ ...options, instanceId: undefined }),
  },
  {
    what: 'ignores rejoin',
    noticedBy: /eager rejoin, rejoin brings/,
    consumer: () => ({ rejoin: () => undefined }),
  },
  {
    what: 'hands no user data to the leader',
    noticedBy: /eager rejoin, user data travels/,
    joining: (options) => ({
      ...options,
      assignor: override(options.assignor, {
        assign: (group) =>
          options.assignor.assign({
            ...group,
            members: group.members.map((member) => ({
              ...member,
              userData: new TextEncoder().encode('{"owned":[],"generation":-1,"note":""}'),
            })),
          }),
      }),
    }),
  },
]
