import type { GroupConsumerOptions } from '@faust/core'

/** How one member takes part in its group, with every default filled in. Times in ms. */
export interface MemberSettings {
  readonly group: string
  /** `null` for a dynamic member. */
  readonly instanceId: string | null
  readonly protocol: GroupConsumerOptions['protocol']
  readonly sessionTimeout: number
  readonly heartbeatInterval: number
  readonly rebalanceTimeout: number
}

export function memberSettings(options: GroupConsumerOptions): MemberSettings {
  return {
    group: options.group,
    instanceId: options.instanceId ?? null,
    protocol: options.protocol,
    sessionTimeout: options.sessionTimeout ?? 10_000,
    heartbeatInterval: options.heartbeatInterval ?? 3_000,
    rebalanceTimeout: options.rebalanceTimeout ?? 60_000,
  }
}
