import { isPromise } from '../service/maybe-promise.ts'
import type { Adapter } from '../service/adapter.ts'
import { FaustError } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { guardTracer } from './guard-tracer.ts'
import type { Sensor } from './sensor.ts'
import { SENSOR_CONTRACT } from './sensor.ts'
import type { Tracer } from './tracer.ts'

type Hook = Exclude<keyof Sensor, keyof Adapter | 'trace'>

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
 * nobody else feels it. `start` and `close` are those of all, in order and in reverse. Two that trace are refused with
 * `FAUST_SETTING_INVALID`.
 */
export function combineSensors(sensors: readonly Sensor[], logger: Logger): Sensor {
  const active = new Set(sensors)
  const drop = (sensor: Sensor, hook: string, error: unknown): void => {
    if (!active.delete(sensor)) return
    const facts = { sensor: sensor.name, hook, error }
    logger.error(facts, `The sensor ${sensor.name} failed in ${hook} and is told nothing more: a hook must not throw`)
  }

  const trace = tracerOf(sensors, active, drop)
  const combined: Sensor = {
    name: 'sensors',
    contract: SENSOR_CONTRACT,
    ...(trace !== undefined && { trace }),
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

function tracerOf(
  sensors: readonly Sensor[],
  active: ReadonlySet<Sensor>,
  drop: (sensor: Sensor, member: string, error: unknown) => void,
): Tracer | undefined {
  const [sensor, other] = sensors.filter(({ trace }) => trace !== undefined)
  if (sensor === undefined) return undefined
  if (other !== undefined) {
    throw new FaustError(
      'FAUST_SETTING_INVALID',
      `The sensors ${sensor.name} and ${other.name} both trace, but a record carries one context. ` +
        `Leave one of them out, or turn off its traces.`,
      { details: { setting: 'sensors' } },
    )
  }
  return guardTracer(sensor.trace!, {
    active: () => active.has(sensor),
    drop: (member, error) => drop(sensor, member, error),
  })
}
