import { type App, type AppOptions, checkOptions as checkKnown, FaustError } from '@faust/core'
import type { VirtualClock } from '../clock/virtual-clock.ts'
import type { TestWorld } from './test-world.ts'

/** How an app is driven. */
export interface TestDriverOptions {
  /** Where the clock's chance comes from: the same seed gives the same run. Default 1. */
  readonly seed?: number | string | undefined
  /** A clock that the program knows too, for handlers that sleep. Default: a new one, `driver.clock`. */
  readonly clock?: VirtualClock | undefined
  /**
   * The world of another driver: its log and its clock. For an app beside its own, or for the same program once more
   * after it was closed. Excludes `seed`, `clock`, `partitions` and `limit`, which made that world.
   */
  readonly world?: TestWorld | undefined
  /** Partitions of topics that are declared without saying how many. Default 4, as on the embedded log. */
  readonly partitions?: number | undefined
  /** Sees what the app logs. Default: nobody. */
  readonly logger?: AppOptions['logger']
  /** Instead of the app's own sensors, which may talk to servers. Default none; `app.monitor` works in any case. */
  readonly sensors?: AppOptions['sensors']
  /**
   * Ms of real time that a call waits for handlers and serializers that wait for something real (a file, a server, the test), counted
   * from the last movement. Then it rejects with `FAUST_TIMEOUT`. 0 goes on at once, and leaves them as they are.
   * Default 1,500.
   */
  readonly patience?: number | undefined
  /**
   * How often the app may read records while time stands still before it counts as never quiet and the call rejects
   * with `FAUST_TIMEOUT`. More than ten times as many records count as well, beyond twenty for each one that the call
   * has sent. Default 5,000.
   */
  readonly limit?: number | undefined
}

const DEFAULTS = { patience: 1500, limit: 5000 } as const
const OF_THE_WORLD = ['seed', 'clock', 'partitions', 'limit'] as const

/** The numbers with their defaults; throws `FAUST_SETTING_INVALID` naming what can't be. */
export function checkOptions(options: TestDriverOptions): { readonly patience: number; readonly limit: number } {
  checkKnown('testApp', options, [...OF_THE_WORLD, 'world', 'logger', 'sensors', 'patience'])
  const { patience = DEFAULTS.patience, limit = DEFAULTS.limit, world } = options
  if (!(patience >= 0)) throw invalid(`\`patience\` is ${patience}; it must be a time in ms of at least 0`)
  if (!(limit >= 1)) throw invalid(`\`limit\` is ${limit}; it must be at least 1`)
  const twice = world === undefined ? undefined : OF_THE_WORLD.find((name) => options[name] !== undefined)
  if (twice !== undefined)
    throw invalid(`\`${twice}\` is given beside \`world\`, which was made with its own. Leave it out`)
  return { patience, limit }
}

/** Throws `FAUST_SETTING_INVALID` for what is no app: a function that makes one, or an object that has one. */
export function checkApp(app: App): void {
  if (typeof (app as Partial<App> | undefined)?.configure === 'function') return
  const given = typeof app === 'function' ? 'a function: call it' : 'not one'
  const problem = `testApp takes an app of createApp({ … }), and this is ${given}. Of a program that answers { app, … }: testApp(program().app).`
  throw new FaustError('FAUST_SETTING_INVALID', problem)
}

function invalid(problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `The test driver's option ${problem}.`)
}
