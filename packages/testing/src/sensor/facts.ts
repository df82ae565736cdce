import type { Sensor } from '@faust/core'
import { FaustError } from '@faust/core'
import type { SeededRandom } from '../random/seeded-random.ts'

/** The hooks of a sensor. */
export type Hook = Exclude<{ [K in keyof Sensor]-?: K extends `on${string}` ? K : never }[keyof Sensor], never>

/** What a hook is told. */
export type Facts<K extends Hook> = Parameters<NonNullable<Sensor[K]>>[0]

/** Makes facts of every documented shape, the extremes among them. */
export const FACTS: { readonly [K in Hook]: (random: SeededRandom) => Facts<K> } = {
  onReceived: (random) => ({
    ...place(random),
    count: count(random),
    bytes: count(random),
    nextOffset: count(random),
    lag: count(random),
  }),
  onStall: (random) => ({
    kind: random.pick(['handler', 'commit', 'fetch']),
    agent: random.pick([name(random), undefined]),
    ...place(random),
    offset: count(random),
    duration: duration(random),
  }),
  onProcessed: (random) => ({
    agent: name(random),
    ...place(random),
    count: count(random),
    duration: duration(random),
  }),
  onFailed: (random) => ({
    agent: name(random),
    ...place(random),
    offset: count(random),
    error: failure(random),
    attempts: 1 + count(random),
    outcome: random.pick(['retry', 'skip', 'deadLetter', 'stop']),
  }),
  onSent: (random) => ({
    ...place(random),
    count: count(random),
    bytes: count(random),
    duration: duration(random),
    ...maybeFailure(random),
  }),
  onBackPressure: (random) => ({
    ...place(random),
    paused: random.next() < 0.5,
    records: count(random),
    bytes: count(random),
  }),
  onTable: (random) => ({
    table: name(random),
    partition: random.int(100),
    gets: count(random),
    sets: count(random),
    deletes: count(random),
    late: count(random),
  }),
  onCommit: (random) => ({
    duration: duration(random),
    entries: count(random),
    offsets: Array.from({ length: random.int(4) }, () => ({ ...place(random), offset: count(random) })),
    ...maybeFailure(random),
  }),
  onRebalance: (random) => ({
    generation: random.pick([-1, 0, 1, count(random)]),
    added: random.int(10),
    removed: random.int(10),
    kept: random.int(10),
    duration: duration(random),
  }),
  onReleased: (random) => ({
    topics: Array.from({ length: random.int(4) }, () => place(random)),
    tables: Array.from({ length: random.int(4) }, () => ({ table: name(random), partition: random.int(100) })),
  }),
  onRestore: (random) => {
    const total = count(random)
    return {
      table: name(random),
      partition: random.int(100),
      done: random.pick([0, Math.floor(total / 2), total]),
      total,
      records: count(random),
      duration: duration(random),
    }
  },
  onStandby: (random) => ({
    table: name(random),
    partition: random.int(100),
    offset: count(random),
    lag: count(random),
    following: random.next() < 0.5,
  }),
  onState: (random) => ({
    state: random.pick([
      'idle',
      'starting',
      'restoring',
      'running',
      'rebalancing',
      'stopping',
      'stopped',
      'crashed',
      name(random),
    ]),
  }),
}

/** Every hook's name. */
export const HOOKS: readonly Hook[] = Object.keys(FACTS) as Hook[]

/** Tells a sensor random facts through one hook; answers what the hook answered. */
export function tell(sensor: Sensor, hook: Hook, random: SeededRandom): unknown {
  const facts = deepFreeze(FACTS[hook](random))
  return (sensor[hook] as ((facts: unknown) => unknown) | undefined)?.call(sensor, facts)
}

function place(random: SeededRandom): { topic: string; partition: number } {
  return { topic: name(random), partition: random.int(100) }
}

/** A name of any kind. */
export function name(random: SeededRandom): string {
  return random.pick([
    'orders',
    'hello-app-order-count-changelog',
    'a.b_c-d',
    'count-orders',
    'ünïcode \u{1f980}',
    '__proto__',
    'with "quotes" and \\ and\nline',
  ])
}

function count(random: SeededRandom): number {
  return random.pick([0, 1, 7, 1000, random.int(1_000_000), 2 ** 40])
}

function duration(random: SeededRandom): number {
  return random.pick([0, 0.001, 1, 12.5, random.next() * 1000, 86_400_000])
}

/** Whatever can be thrown. */
export function failure(random: SeededRandom): unknown {
  return random.pick<unknown>([
    new Error('boom'),
    new FaustError('FAUST_DECODE', 'A record that cannot be read'),
    'a string',
    undefined,
    null,
    { odd: true },
    new AggregateError([new Error('a')], 'many'),
  ])
}

function maybeFailure(random: SeededRandom): { error?: unknown } {
  return random.next() < 0.5 ? {} : { error: failure(random) }
}

/** Facts are shared by all sensors: nobody may change them. Errors are left alone, since stacks are made on demand. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Error || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
