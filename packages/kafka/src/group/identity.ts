/** Who a member is to its coordinator. Each join makes a new object, so that an answer can be told to be of an older one. */
export interface Identity {
  /** '' before the group has given one. */
  readonly memberId: string
  /** -1 while it is in no generation. */
  readonly generation: number
}

/** Whom the group does not know. */
export const NOBODY: Identity = { memberId: '', generation: -1 }
