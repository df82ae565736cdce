import type { MaybePromise, Transport } from '@faust/core'

/** The requests whose answers can be lost or held up. */
export type FaultRequest = 'produce' | 'commit' | 'offsets-to-transaction' | 'end-transaction'

/**
 * Troubles between one client and the log. Whoever has a wire puts a proxy into it; a log within the process may have
 * them built in. Each takes the client that is to be hit and no other. The kit runs the cases whose hooks it is given.
 */
export interface TransportFaults {
  /** Cuts every connection of the client. It may connect again at once. */
  disconnect?(transport: Transport): MaybePromise<void>
  /** From now on the client reaches the log no more; what it asks fails as a refused connection does. */
  cut?(transport: Transport): MaybePromise<void>
  /** Ends that. */
  mend?(transport: Transport): MaybePromise<void>
  /** The next such request reaches the log and is done there; its answer is lost with its connection. */
  loseNextAnswer?(transport: Transport, request: FaultRequest): MaybePromise<void>
  /** The next such request is lost with its connection and never reaches the log. */
  loseNextRequest?(transport: Transport, request: FaultRequest): MaybePromise<void>
  /** The next such request is done at once; its answer comes `delay` ms later. */
  delayNextAnswer?(transport: Transport, request: FaultRequest, delay: number): MaybePromise<void>
  /**
   * Stops the client as SIGSTOP stops its process: nothing of it reaches the log until `thaw`, and then all that was
   * held back does. Without it the kit stops the clock that the client was started with.
   */
  freeze?(transport: Transport): MaybePromise<void>
  thaw?(transport: Transport): MaybePromise<void>
}

/** What an operator can do to the log. */
export interface TransportLogControl {
  /** Compacts a topic now: of each key only the last record is left, and what it replaced is a gap. */
  compact?(topic: string): MaybePromise<void>
  /** Gives a topic more partitions. */
  addPartitions?(topic: string, partitions: number): MaybePromise<void>
  /** Restarts the log with what it keeps on disk. All clients were closed before. For durable logs. */
  restart?(): MaybePromise<void>
}
