import { decodeSubscription, encodeSubscription } from '../requests/consumer-protocol.ts'

/** What a member says when it joins. */
export interface MemberSubscription {
  readonly topics: readonly string[]
  /** Another one asks for a rebalance: a follower that sends the bytes the group already has is only answered. */
  readonly nonce: number
  readonly userData: Uint8Array
}

/** Bytes of the nonce in front of the assignor's user data. */
const NONCE_BYTES = 4

/**
 * Version 0 of the consumer protocol's subscription: claims are the assignor's business and in its user data, and all
 * members' bytes have to fit into one record of `__consumer_offsets` together (1 MB by default).
 */
export function encodeMemberSubscription({ topics, nonce, userData }: MemberSubscription): Uint8Array {
  const bytes = new Uint8Array(NONCE_BYTES + userData.length)
  new DataView(bytes.buffer).setUint32(0, nonce)
  bytes.set(userData, NONCE_BYTES)
  return encodeSubscription({ topics, userData: bytes, owned: [], generation: -1, rack: null }, 0)
}

export function decodeMemberSubscription(bytes: Uint8Array): MemberSubscription {
  const { topics, userData } = decodeSubscription(bytes)
  if (userData === null || userData.length < NONCE_BYTES) return { topics, nonce: 0, userData: new Uint8Array() }
  const nonce = new DataView(userData.buffer, userData.byteOffset).getUint32(0)
  return { topics, nonce, userData: userData.subarray(NONCE_BYTES) }
}
