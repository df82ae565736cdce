import type { GroupHooks, GroupMembership, TopicPartition } from '@faust/core'
import { partitionKey } from '@faust/core'

/** One call of a hook. */
export interface MemberEvent {
  readonly hook: 'rejoin' | 'revoked' | 'assigned' | 'lost'
  /** As `topic partition`, sorted. */
  readonly partitions: readonly string[]
  readonly membership?: GroupMembership | undefined
}

/** Hooks that note their calls and hold every one of them to the contract. */
export interface WatchedHooks {
  readonly hooks: GroupHooks
  readonly events: MemberEvent[]
  readonly owned: ReadonlySet<string>
  /** Whether records of this partition may be handed over now. */
  mayDeliver(key: string): boolean
}

/** Wraps a case's own hooks. Broken rules go to `violations`: a hook may not throw. */
export function watchHooks(
  inner: Partial<GroupHooks>,
  seekTo: (partitions: readonly TopicPartition[], membership: GroupMembership) => Promise<void>,
  violations: string[],
  protocol: 'cooperative' | 'eager',
): WatchedHooks {
  const events: MemberEvent[] = []
  const owned = new Set<string>()
  // A poll that was answered in the very moment in which a partition left is seen a little later.
  const leaving = new Set<string>()
  const remove = (key: string): void => {
    owned.delete(key)
    leaving.add(key)
    setImmediate(() => leaving.delete(key))
  }
  let running: string | undefined
  let generation = -1

  const call = async (
    hook: MemberEvent['hook'],
    partitions: readonly TopicPartition[],
    membership: GroupMembership | undefined,
    work: () => Promise<void> | undefined,
  ): Promise<void> => {
    if (running !== undefined)
      violations.push(`hooks are called one at a time, but ${hook} was called during ${running}`)
    running = hook
    events.push({ hook, partitions: keysOf(partitions), membership })
    try {
      await work()
    } catch (error) {
      violations.push(`The case's own ${hook} hook failed: ${String(error)}`)
    } finally {
      running = undefined
    }
  }

  const give = (hook: string, partitions: readonly TopicPartition[]): void => {
    for (const key of keysOf(partitions)) {
      if (!owned.has(key)) violations.push(`${hook} named ${key}, which was not assigned`)
    }
  }
  const hooks: GroupHooks = {
    onRejoin: () => call('rejoin', [], undefined, () => inner.onRejoin?.()),
    async onRevoked(partitions) {
      give('onRevoked', partitions)
      if (protocol === 'eager' && partitions.length !== owned.size)
        violations.push('under eager onRevoked names all partitions')
      await call('revoked', partitions, undefined, () => inner.onRevoked?.(partitions))
      // They are this member's until the hook has settled: polls may still hand them over.
      for (const key of keysOf(partitions)) remove(key)
    },
    async onLost(partitions) {
      give('onLost', partitions)
      for (const key of keysOf(partitions)) remove(key)
      await call('lost', partitions, undefined, () => inner.onLost?.(partitions))
    },
    async onAssigned(partitions, membership) {
      for (const key of keysOf(partitions)) {
        if (owned.has(key)) violations.push(`onAssigned names new partitions, but ${key} was held already`)
        owned.add(key)
      }
      if (membership.generation <= generation)
        violations.push(`the generation rises, but ${membership.generation} came after ${generation}`)
      generation = membership.generation
      await call('assigned', partitions, membership, async () => {
        await inner.onAssigned?.(partitions, membership)
        await seekTo(partitions, membership)
      })
    },
  }
  return { hooks, events, owned, mayDeliver: (key) => owned.has(key) || leaving.has(key) }
}

function keysOf(partitions: readonly TopicPartition[]): string[] {
  return partitions.map(({ topic, partition }) => partitionKey(topic, partition)).sort()
}
