import type { Clock } from '../../service/clock.ts'
import type { Logger } from '../../service/logger.ts'
import type { Topology } from '../topology.ts'

/** What deciding where a shard is read from takes. */
export interface RestoreFromParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly topology: Topology
}
