import type { Clock } from '../../../service/clock.ts'
import type { Logger } from '../../../service/logger.ts'
import type { LogScheduler } from './scheduler.ts'

/** How an embedded log is made. Times in ms. */
export interface EmbeddedLogOptions {
  /**
   * Keeps everything in append-only files as well, one a partition, and reads them at the start. A send is acknowledged
   * when the operating system has its bytes: they outlive the process, though not a power cut. One process at a time.
   */
  readonly directory?: string | undefined
  /** Told of files that end in the middle of an entry. Default: standard error. */
  readonly logger?: Logger | undefined
  /** Default: the machine's. */
  readonly clock?: Clock | undefined
  /** Partitions of topics that are made without saying how many. Default 4. */
  readonly partitions?: number | undefined
  /** How long the first rebalance of an empty group waits for more members. Default 10. */
  readonly initialRebalanceDelay?: number | undefined
  /** How often transactions that were open for too long are looked for. Default 10,000, as in Kafka. */
  readonly transactionCheckInterval?: number | undefined
  /** How often, at most, appends are an occasion to compact and to expire. Default 15,000. */
  readonly cleanInterval?: number | undefined
  /** When markers are written and checks run. Default: small random delays on the clock. */
  readonly scheduler?: LogScheduler | undefined
}
