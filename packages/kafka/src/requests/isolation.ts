/** Which records a reader asks for: those of decided transactions, or all. */
export type Isolation = 'read-committed' | 'read-uncommitted'

export function isolationLevel(isolation: Isolation): number {
  return isolation === 'read-committed' ? 1 : 0
}

export function isolationOf(level: number): Isolation {
  return level === 1 ? 'read-committed' : 'read-uncommitted'
}

/** Sent where a broker would send its id: it says that a client asks. */
export const CLIENT_REPLICA = -1
