import type { Api } from '../requests/api.ts'
import type { BrokerAddress } from '../requests/metadata.ts'

/**
 * Which of a broker's connections a request takes. A broker serves one request at a time per connection, so each lane
 * is a connection of its own: a JoinGroup that waits for other members (`join`: JoinGroup and SyncGroup) holds up no
 * heartbeat, and a Fetch that waits for records no Produce. `control` is everything else. Each fetcher has a lane, and so
 * has each member of a group where a client has several.
 */
export type Lane = 'control' | 'join' | `join-${string}` | 'produce' | `fetch-${string}`

export interface SendOptions {
  /**
   * Ms that the broker may take to answer, from the moment the request leaves. Connecting comes on top (bounded by the
   * client), and so does a throttle that the broker has imposed. Default: the client's own (30,000).
   */
  readonly timeout?: number | undefined
  /** Ends the wait with `FAUST_ABORTED`. The request may have left; its answer is dropped, its time-out still holds. */
  readonly signal?: AbortSignal | undefined
}

/**
 * What a client has to provide: one connection per (broker, lane), opened at first use. The simulator's broker double
 * is another one.
 *
 * A connection that was lost, timed out or gave what is no answer is thrown away: everything in flight on it is
 * rejected, a late answer reaches nobody, and the next `send` opens a fresh one, which concurrent sends share. Nothing
 * is sent twice.
 */
export interface Connection {
  /** The brokers of the settings, under numbers below 0: usable until Metadata has told the real ones, and when none of those answers. */
  readonly bootstrap: readonly BrokerAddress[]

  /** Says where the brokers are now. Connections to an address that is no longer a broker's are thrown away. */
  setBrokers(brokers: readonly BrokerAddress[]): void

  /**
   * Sends to a broker and gives its decoded answer, error codes inside it included. Rejects with
   * - `FAUST_TRANSPORT_UNAVAILABLE` (retriable): unknown broker, not reachable, lost or no answer in time.
   *   `details.sent` is false when the request certainly never left (`neverSent`);
   * - `FAUST_NOT_AUTHORIZED`: the broker refused the credentials;
   * - `FAUST_BROKER_UNSUPPORTED`: it is too old, too new or no Kafka broker;
   * - `FAUST_ABORTED`: the signal fired;
   * - `FAUST_CLOSED`: this was closed;
   * - what `decode` threw.
   */
  send<Request, Response>(
    node: number,
    lane: Lane,
    api: Api<Request, Response>,
    request: Request,
    options?: SendOptions,
  ): Promise<Response>

  /** Throws away a lane's connections to all brokers, e.g. of a fetcher that has ended. What is in flight is rejected. */
  closeLane(lane: Lane): void

  /** Throws everything away: sends in flight and later ones reject with `FAUST_CLOSED`. No timer or socket is left. Idempotent. */
  close(): Promise<void>
}
