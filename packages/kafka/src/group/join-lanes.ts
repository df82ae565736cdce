import type { Connection, Lane } from '../connection/connection.ts'

/** How many members of each client have joined so far, and whether its lane `join` is taken. */
const lent = new WeakMap<Connection, { taken: boolean; next: number }>()

/** A lane that one member has to itself until it gives it back. */
export interface JoinLane {
  readonly lane: Lane
  /** Throws its connections away, and with them a join that the broker still holds. */
  cut(): void
  giveBack(): void
}

/**
 * A broker serves one request at a time per connection, so on a shared lane the join of one member would hold up that
 * of another, for which it waits itself: until the rebalance time-out. The first member of a client has `join`, others
 * of the same client have lanes of their own (any name that starts with `fetch-` is one).
 */
export function lendJoinLane(connection: Connection): JoinLane {
  const state = lent.get(connection) ?? { taken: false, next: 2 }
  lent.set(connection, state)
  const first = !state.taken
  state.taken = true
  const lane: Lane = first ? 'join' : `fetch-join-${state.next++}`
  let over = false
  return {
    lane,
    cut: () => connection.closeLane(lane),
    giveBack() {
      if (over) return
      over = true
      connection.closeLane(lane)
      if (first) state.taken = false
    },
  }
}
