import type { Clock, FaustError, OutgoingRecord, ProduceResult } from '@faust/core'
import { FlushWaves } from './flush-waves.ts'
import type { Lane } from './lane.ts'
import type { Part, PendingSend } from './pending-send.ts'

/** The calls of `send` of one producer, from the call to its promise. */
export class Sends {
  readonly #clock: Clock
  readonly #waves = new FlushWaves()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isFlushing(): boolean {
    return this.#waves.isFlushing
  }

  /** A call begins: its records wait in the lane. */
  open(lane: Lane, records: readonly OutgoingRecord[]): Promise<ProduceResult> {
    return new Promise((resolve, reject) => {
      lane.add({
        records,
        timestamp: this.#clock.now(),
        since: this.#clock.monotonic(),
        wave: this.#waves.enter(),
        resolve: (baseOffset) => resolve({ baseOffset }),
        reject,
        taken: 0,
        stored: 0,
        baseOffset: -1,
        error: null,
      })
    })
  }

  /** The log has these; `offset` is that of the first record, -1 where it does not say. */
  stored({ send, from, to }: Part, offset: number): void {
    if (from === 0) send.baseOffset = offset
    send.stored += to - from
    if (send.error !== null || send.stored < send.records.length) return
    send.resolve(send.baseOffset)
    this.#waves.leave(send.wave)
  }

  /** Nothing more of it is sent. The first reason counts. */
  reject(send: PendingSend, error: FaustError): void {
    if (send.error !== null) return
    send.error = error
    send.reject(error)
    this.#waves.leave(send.wave)
  }

  /** Resolves when every call so far has settled. */
  flushed(): Promise<void> {
    return this.#waves.flushed()
  }
}
