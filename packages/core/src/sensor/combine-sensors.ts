import { isPromise } from '../service/maybe-promise.ts'
import type { Adapter } from '../service/adapter.ts'
import type { Logger } from '../service/logger.ts'
import type { Sensor } from './sensor.ts'
import { SENSOR_CONTRACT } from './sensor.ts'

type Hook = Exclude<keyof Sensor, keyof Adapter>

/** Every hook of the contract; a missing one is a type error. */
const HOOKS: Readonly<Record<Hook, true>> = {
  onReceived: true,
  onProcessed: true,
  onFailed: true,
  onSent: true,
  onBackPressure: true,
  onTable: true,
  onCommit: true,
  onRebalance: true,
  onReleased: true,
  onRestore: true,
  onStall: true,
  onStandby: true,
  onState: true,
}

/**
 * One sensor for many. It has only the hooks that one of them has, so `sensor.onTable?.(…)` costs a look when nobody
 * listens. A sensor that throws, or answers with a promise that rejects, is named in one log line and told nothing more;
 * nobody else feels it. `start` and `close` are those of all, in order and in reverse.
 */
export function combineSensors(sensors: readonly Sensor[], logger: Logger): Sensor {
  const active = new Set(sensors)
  const drop = (sensor: Sensor, hook: Hook, error: unknown): void => {
    if (!active.delete(sensor)) return
    const facts = { sensor: sensor.name, hook, error }
    logger.error(facts, `The sensor ${sensor.name} failed in ${hook} and is told nothing more: a hook must not throw`)
  }

  const combined: Sensor = {
    name: 'sensors',
    contract: SENSOR_CONTRACT,
    async start(context) {
      for (const sensor of sensors) await sensor.start(context)
    },
    async close() {
      for (const sensor of sensors.toReversed()) await sensor.close()
    },
  }
  for (const hook of Object.keys(HOOKS) as Hook[]) {
    const listeners = sensors.filter((sensor) => sensor[hook] !== undefined)
    if (listeners.length === 0) continue
    combined[hook] = (facts: never) => {
      for (const sensor of listeners) {
        if (!active.has(sensor)) continue
        try {
          const answer: unknown = sensor[hook]!(facts)
          if (isPromise(answer)) answer.then(undefined, (error: unknown) => drop(sensor, hook, error))
        } catch (error) {
          drop(sensor, hook, error)
        }
      }
    }
  }
  return combined
}
