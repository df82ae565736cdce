import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import type { Logger } from '../../service/logger.ts'
import type { ChangelogShard } from './changelog-shard.ts'

/** Ms between two lines about one restore. */
const TELL_EVERY = 5000

/** Tells how far the restore of one shard is: the sensor with every batch, the log every five seconds. */
export class RestoreProgress {
  readonly #parts: { readonly clock: Clock; readonly logger: Logger; readonly sensor: Sensor }
  readonly #shard: ChangelogShard
  readonly #from: number
  readonly #end: number
  readonly #begun: number
  #records = 0
  #told: number

  constructor(
    parts: { readonly clock: Clock; readonly logger: Logger; readonly sensor: Sensor },
    shard: ChangelogShard,
    from: number,
    end: number,
  ) {
    this.#parts = parts
    this.#shard = shard
    this.#from = from
    this.#end = end
    this.#begun = this.#told = parts.clock.monotonic()
  }

  /** The shard has everything before `offset`, after `records` more entries. */
  moved(offset: number, records: number): void {
    const { clock, logger, sensor } = this.#parts
    const { table, partition } = this.#shard
    const now = clock.monotonic()
    const total = this.#end - this.#from
    const done = Math.min(offset, this.#end) - this.#from
    const duration = now - this.#begun
    this.#records += records
    sensor.onRestore?.({ table: table.name, partition, done, total, records: this.#records, duration })
    const facts = { table: table.name, partition, done, of: total }
    if (done === total) {
      const level = duration < TELL_EVERY ? 'debug' : 'info'
      logger[level]({ ...facts, records: this.#records, seconds: Math.round(duration / 1000) }, 'A shard was restored')
    } else if (now - this.#told >= TELL_EVERY) {
      this.#told = now
      const rate = (done * 1000) / duration
      const secondsLeft = Math.ceil((total - done) / rate)
      logger.info({ ...facts, rate: Math.round(rate), secondsLeft }, 'A shard is being restored')
    }
  }
}
