/** How fast a log is. All in ms of the kit's clock; the defaults suit a log within the process. */
export interface TransportTiming {
  /** How long to wait for what must happen. Default 5,000; a broker over a network wants 20,000. */
  readonly patience?: number | undefined
  /** How long to watch that something does not happen. Default 100. */
  readonly quiet?: number | undefined
  /** The shortest session that the log bears. Default 600; Kafka's brokers want 6,000. */
  readonly session?: number | undefined
  /** The heartbeat that goes with it. Default a fifth of the session. */
  readonly heartbeat?: number | undefined
  /** How long a rebalance may wait for its members. Default 2,000. */
  readonly rebalance?: number | undefined
  /** A transaction time-out that the kit lets pass. Default 300. */
  readonly transaction?: number | undefined
  /** How long after it the log may take to abort by itself. Default 2,000; Kafka's brokers look every 10,000. */
  readonly transactionCheck?: number | undefined
  /** Real ms after which a case fails by itself; keep it below the runner's own time-out. Default 15,000. */
  readonly bound?: number | undefined
}

/** The same with all defaults. */
export type Timing = { readonly [K in keyof TransportTiming]-?: number }

/** Fills in what was not given. */
export function timingOf(given: TransportTiming = {}): Timing {
  const session = given.session ?? 600
  return {
    patience: given.patience ?? 5000,
    quiet: given.quiet ?? 100,
    session,
    heartbeat: given.heartbeat ?? session / 5,
    rebalance: given.rebalance ?? 2000,
    transaction: given.transaction ?? 300,
    transactionCheck: given.transactionCheck ?? 2000,
    bound: given.bound ?? 15_000,
  }
}
