import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import type { Logger } from '../../service/logger.ts'
import type { Pacer } from '../../service/pacer.ts'
import type { Semaphore } from '../../service/semaphore.ts'
import type { Transport } from '../../transport/transport.ts'
import type { Topology } from '../topology.ts'

/** What deciding where a shard is read from takes. */
export interface RestoreFromParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly topology: Topology
}

/** What a restore works with. */
export interface RestoreParts extends RestoreFromParts {
  readonly transport: Transport
  readonly sensor: Sensor
  readonly pacer: Pacer
  /** Bounds how many restores read at the same time. */
  readonly restores: Semaphore
}
