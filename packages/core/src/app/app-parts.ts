import type { WorkerSettings } from '../processing/worker-settings.ts'
import { combineSensors } from '../sensor/combine-sensors.ts'
import type { Monitor } from '../sensor/monitor.ts'
import { SENSOR_CONTRACT, type Sensor } from '../sensor/sensor.ts'
import { type Clock, systemClock } from '../service/clock.ts'
import { consoleLogger } from '../service/console-logger.ts'
import { invalidOption } from '../service/check-options.ts'
import { checkAdapter } from '../service/contracts.ts'
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
  if (!Array.isArray(options.sensors ?? []))
    throw invalidOption('createApp', 'sensors', 'must be a list: [statsdSensor()].')
  checkLogger(logger)
  const sensors = [monitor, ...(options.sensors ?? [])]
  checkAdapter('transport', transport, TRANSPORT_CONTRACT)
  checkAdapter('store', store, STORE_CONTRACT)
  for (const sensor of sensors) checkAdapter('sensor', sensor, SENSOR_CONTRACT)
  return { settings, clock, logger, transport, store, sensors, sensor: combineSensors(sensors, logger) }
}

const LOGGER = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'child'] as const

function checkLogger(logger: Logger): void {
  const missing = LOGGER.find((method) => typeof logger?.[method] !== 'function')
  if (missing === undefined) return
  const problem = `has no function \`${missing}\`. A logger has ${LOGGER.join(', ')}, as pino's has.`
  throw invalidOption('createApp', 'logger', problem)
}
