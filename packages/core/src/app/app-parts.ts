import type { WorkerSettings } from '../processing/worker-settings.ts'
import { combineSensors } from '../sensor/combine-sensors.ts'
import type { Monitor } from '../sensor/monitor.ts'
import { SENSOR_CONTRACT, type Sensor } from '../sensor/sensor.ts'
import { type Clock, systemClock } from '../service/clock.ts'
import { consoleLogger } from '../service/console-logger.ts'
import { checkContract } from '../service/contracts.ts'
import type { Logger } from '../service/logger.ts'
import { embeddedStore } from '../store/embedded/embedded-store.ts'
import { STORE_CONTRACT, type Store } from '../store/store.ts'
import { embeddedTransport } from '../transport/embedded/embedded-transport.ts'
import { TRANSPORT_CONTRACT, type Transport } from '../transport/transport.ts'
import { type AppOptions, workerSettings } from './settings.ts'

/** What an app's options come to, with every default in its place. */
export interface AppParts {
  readonly settings: WorkerSettings
  readonly clock: Clock
  readonly logger: Logger
  readonly transport: Transport
  readonly store: Store
  /** The app's own monitor and those that were given. */
  readonly sensors: readonly Sensor[]
  /** All of them as one. */
  readonly sensor: Sensor
}

/** Checks options and adapters; nothing of them is started. */
export function appParts(options: AppOptions, monitor: Monitor): AppParts {
  const settings = workerSettings(options)
  const clock = options.clock ?? systemClock()
  const logger = options.logger ?? consoleLogger({ clock })
  const transport = options.transport ?? embeddedTransport()
  const store = options.store ?? embeddedStore()
  const sensors = [monitor, ...(options.sensors ?? [])]
  checkContract('transport', transport, TRANSPORT_CONTRACT)
  checkContract('store', store, STORE_CONTRACT)
  for (const sensor of sensors) checkContract('sensor', sensor, SENSOR_CONTRACT)
  return { settings, clock, logger, transport, store, sensors, sensor: combineSensors(sensors, logger) }
}
