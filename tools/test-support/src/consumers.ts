import type { GroupConsumer, GroupHooks, Transport } from '@faust/core'

/** What stands between an app and its group. */
export interface Interception {
  /** Hooks that the group calls instead of those of the app. */
  readonly hooks?: (app: GroupHooks) => Partial<GroupHooks>
  /** May replace methods of a consumer before the app gets it. */
  readonly consumer?: (made: GroupConsumer) => void
}

/** Lets a test see or change what the consumers of a transport are told and tell. Answers the same transport. */
export function intercepted<T extends Transport>(transport: T, { consumer, hooks }: Interception): T {
  const original = transport.groupConsumer.bind(transport)
  transport.groupConsumer = (options) => {
    const { hooks: app } = options
    const passed: GroupHooks = {
      onRejoin: () => app.onRejoin(),
      onRevoked: (partitions) => app.onRevoked(partitions),
      onAssigned: (partitions, membership) => app.onAssigned(partitions, membership),
      onLost: (partitions) => app.onLost(partitions),
    }
    const made = original({ ...options, hooks: { ...passed, ...hooks?.(app) } })
    consumer?.(made)
    return made
  }
  return transport
}
