import type { Clock, MaybePromise, Sensor } from '@faust/core'
import { SENSOR_CONTRACT } from '@faust/core'
import { describe, equal, fail, ok } from '../kit/check.ts'
import type { Cleanup } from '../kit/cleanup.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { turn } from '../kit/turn.ts'
import type { SeededRandom } from '../random/seeded-random.ts'
import { countingClock, heldResources, nothingMoreThan } from './leftovers.ts'
import { HOOKS, tell } from './facts.ts'
import type { Hook } from './facts.ts'

/** What a case of the sensor kit works with. */
export interface SensorContext {
  readonly random: SeededRandom
  readonly clock: Clock
  readonly cleanup: Cleanup
  /** Whether the sensor is said to trace. */
  readonly traces: boolean
  create(): MaybePromise<Sensor>
}

const LEFT = 'after close a sensor keeps the process alive no longer'
const QUIET = 'a hook is synchronous, throws nothing and answers nothing'

/** Everything that a sensor promises. */
export const sensorCases: CaseGroup<SensorContext> = {
  name: 'sensor',
  cases: {
    'it carries its name and the contract it was written for': async ({ create }) => {
      const sensor = await create()
      ok(typeof sensor.name === 'string' && sensor.name !== '', 'an adapter carries a name, for messages')
      equal(sensor.contract, SENSOR_CONTRACT, 'an adapter carries the version of the contract it was written for')
      ok(
        sensor.trace !== undefined || HOOKS.some((hook) => sensor[hook] !== undefined),
        'a sensor has at least one hook',
      )
    },

    'it traces if it is said to, and only then': async ({ create, traces }) => {
      const sensor = await create()
      equal(sensor.trace !== undefined, traces, '`traces` is passed to the kit for a sensor that has `trace`')
    },

    'it has no hook that nobody calls': async ({ create }) => {
      const sensor = await create()
      const own = new Set<string>()
      for (let part: object | null = sensor; part !== null; part = Object.getPrototypeOf(part) as object | null) {
        for (const name of Object.getOwnPropertyNames(part)) if (/^on[A-Z]/.test(name)) own.add(name)
      }
      equal(
        [...own].filter((name) => !(HOOKS as readonly string[]).includes(name)),
        [],
        'hooks are those of the contract',
      )
    },

    'every hook bears the facts that are documented': async (context) => {
      const sensor = await started(context)
      for (const hook of HOOKS) for (let time = 0; time < 200; time++) quietly(sensor, hook, context.random)
    },

    'hooks come in any order': async (context) => {
      const sensor = await started(context)
      for (let time = 0; time < 20; time++)
        for (const hook of context.random.shuffle(HOOKS)) quietly(sensor, hook, context.random)
    },

    'hooks come very often': async (context) => {
      const sensor = await started(context)
      for (let time = 0; time < 20_000; time++) {
        quietly(sensor, context.random.pick(HOOKS), context.random)
        if (time % 1000 === 0) await turn(context.clock)
      }
    },

    'hooks come before start and while it is under way': async (context) => {
      const sensor = await context.create()
      context.cleanup.add('the sensor', () => sensor.close())
      for (const hook of HOOKS) quietly(sensor, hook, context.random)
      const starting = begin(sensor, context.clock)
      for (const hook of HOOKS) quietly(sensor, hook, context.random)
      await starting
      for (const hook of HOOKS) quietly(sensor, hook, context.random)
    },

    'hooks come after close': async (context) => {
      const sensor = await started(context)
      for (const hook of HOOKS) quietly(sensor, hook, context.random)
      await sensor.close()
      for (const hook of context.random.shuffle(HOOKS))
        for (let time = 0; time < 20; time++) quietly(sensor, hook, context.random)
    },

    'hooks come while it closes': async (context) => {
      const sensor = await started(context)
      const closing = sensor.close()
      for (const hook of HOOKS) quietly(sensor, hook, context.random)
      await closing
    },

    'close is idempotent, also when called twice at once and without a start': async (context) => {
      const sensor = await started(context)
      await Promise.all([sensor.close(), sensor.close()])
      await sensor.close()
      const idle = await context.create()
      await idle.close()
      await idle.close()
    },

    'after close nothing of it is left: no timer, no socket': async (context) => {
      const before = heldResources()
      const timers = new Set<unknown>()
      const sensor = await context.create()
      context.cleanup.add('the sensor', () => sensor.close())
      await begin(sensor, countingClock(context.clock, timers))
      for (const hook of HOOKS) for (let time = 0; time < 20; time++) quietly(sensor, hook, context.random)
      await sensor.close()
      equal(timers.size, 0, `${LEFT}; timers of context.clock that still wait:`)
      await nothingMoreThan(before, LEFT)
    },

    'those of two apps live side by side': async (context) => {
      const [one, two] = [await started(context, 'one'), await started(context, 'two')]
      for (const hook of HOOKS) {
        quietly(one, hook, context.random)
        quietly(two, hook, context.random)
      }
      await one.close()
      for (const hook of HOOKS) quietly(two, hook, context.random)
    },

    'another one follows under the same name': async (context) => {
      for (let time = 0; time < 3; time++) {
        const sensor = await started(context)
        for (const hook of HOOKS) quietly(sensor, hook, context.random)
        await sensor.close()
      }
    },
  },
}

async function started(context: SensorContext, app = 'kit'): Promise<Sensor> {
  const sensor = await context.create()
  context.cleanup.add('the sensor', () => sensor.close())
  await begin(sensor, context.clock, app)
  return sensor
}

function begin(sensor: Sensor, clock: Clock, app = 'kit'): Promise<void> {
  return sensor.start({ app, clock, logger: silentLogger() })
}

function quietly(sensor: Sensor, hook: Hook, random: SeededRandom): void {
  let answer: unknown
  try {
    answer = tell(sensor, hook, random)
  } catch (error) {
    fail(QUIET, `${hook} threw ${describe(error)}`)
  }
  if (answer !== undefined) fail(QUIET, `${hook} answered ${describe(answer)}`)
}
