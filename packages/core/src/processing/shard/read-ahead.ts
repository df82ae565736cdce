/** Records whose keys are read ahead of those that are handed over, in one go. */
export const READ_AHEAD = 128

/** Keys after which is judged whether reading them ahead has helped. */
const JUDGED = 1024
/** So often in a row everything may be in memory before nobody looks any more. */
const PATIENCE = 64

/**
 * Whether it pays to read ahead what a shard holds of the keys to come. It does where the store takes its time, some of the
 * keys are not in memory, and handlers ask for the keys of their records. Where they don't, that is found out once.
 */
export class ReadAheadGauge {
  #state: 'off' | 'on' | 'futile' = 'off'
  /** Keys that had to be asked for one by one, and keys that were read ahead, since the last judgement. */
  #missed = 0
  #ahead = 0
  #idle = 0

  /** A key was asked for that was neither in memory nor read ahead, and the store took its time. */
  missed(): void {
    this.#missed++
    if (this.#state === 'off') this.#state = 'on'
  }

  /** So many keys are read ahead now. */
  reading(count: number): void {
    this.#ahead += count
    this.#idle = count === 0 ? this.#idle + 1 : 0
    if (this.#idle < PATIENCE) return
    this.#state = 'off'
    this.#idle = 0
  }

  /** Asked before every time. */
  pays(): boolean {
    if (this.#ahead >= JUDGED) {
      if (this.#missed * 2 > this.#ahead) this.#state = 'futile'
      this.#missed = this.#ahead = 0
    }
    return this.#state === 'on'
  }
}
