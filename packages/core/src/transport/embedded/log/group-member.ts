import type { Timer } from '../../../service/clock.ts'
import type { GroupProtocol, JoinGroupAnswer, SyncGroupAnswer } from './broker-groups.ts'

/** No bytes; shared. */
export const EMPTY: Uint8Array = new Uint8Array(0)

/** One member of a group, as the coordinator keeps it. */
export interface Member {
  readonly id: string
  readonly instanceId: string | undefined
  readonly clientId: string
  /** Ms. */
  sessionTimeout: number
  /** Ms. */
  rebalanceTimeout: number
  protocols: readonly GroupProtocol[]
  /** Of the generation of now. */
  assignment: Uint8Array
  /** Answers the join that waits for the others. */
  joining: ((answer: JoinGroupAnswer) => void) | null
  /** Answers the sync that waits for the leader. */
  syncing: ((answer: SyncGroupAnswer) => void) | null
  /** Whether it has sent its sync in this generation. */
  synced: boolean
  /** Fires when it has been silent for too long; null while it waits for an answer of the group. */
  session: Timer | null
}

/** Whether `protocols` are those the member came with, byte by byte. */
export function offersSame(member: Member, protocols: readonly GroupProtocol[]): boolean {
  if (member.protocols.length !== protocols.length) return false
  return member.protocols.every(({ name, metadata }, index) => {
    const other = protocols[index] as GroupProtocol
    return name === other.name && sameBytes(metadata, other.metadata)
  })
}

/** What the member says under `protocol`. */
export function metadataOf(member: Member, protocol: string): Uint8Array {
  return member.protocols.find(({ name }) => name === protocol)?.metadata ?? EMPTY
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
