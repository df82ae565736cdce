import {
  type App,
  type AppOptions,
  createApp,
  createEmbeddedLog,
  embeddedStore,
  embeddedTransport,
  type EmbeddedLog,
  json,
  type Sensor,
  silentLogger,
  type Store,
  type Table,
  type TableOptions,
  type Topic,
} from '@faust/core'
import { virtualClock, type VirtualClock } from '@faust/testing'

type Facts<K extends 'onReleased' | 'onRestore' | 'onStandby'> = Parameters<NonNullable<Sensor[K]>>[0]

/** One process of the app. */
export interface Member {
  readonly workerId: string
  readonly app: App
  readonly table: Table<string, number, number>
  readonly released: Facts<'onReleased'>[]
  readonly restores: Facts<'onRestore'>[]
  readonly standbys: Facts<'onStandby'>[]
  /** Virtual ms at which each record was handled. */
  readonly handled: { readonly key: string; readonly at: number }[]
  /** Ends it as a crash of its process would. */
  crash(): Promise<void>
  stop(options?: { readonly leave?: boolean }): Promise<void>
  /** Partitions that are live here. */
  live(): number[]
}

export interface MemberOptions extends Partial<AppOptions> {
  readonly table?: Omit<TableOptions<string, number, number>, 'default'>
  /** Declares more of the program; the same on every worker. */
  readonly declare?: (app: App, source: Topic<string, number>) => void
}

/** Several workers of one program that counts records by key, on one log and one clock that only the test moves. */
export class Crew {
  readonly clock: VirtualClock = virtualClock()
  readonly log: EmbeddedLog = createEmbeddedLog({ clock: this.clock, initialRebalanceDelay: 0 })
  /** Of the source topic. */
  readonly partitions: number
  readonly #running = new Set<Member>()
  readonly #outside = embeddedTransport({ log: this.log })
  #fed = 0

  constructor(partitions = 2) {
    this.partitions = partitions
  }

  /** What the worker keeps lies in `store`, which outlives it; see `keptStore`. */
  async start(workerId: string, options: MemberOptions = {}): Promise<Member> {
    const { table: tableOptions, declare, ...rest } = options
    const transport = embeddedTransport({ log: this.log })
    const released: Facts<'onReleased'>[] = []
    const restores: Facts<'onRestore'>[] = []
    const standbys: Facts<'onStandby'>[] = []
    const handled: { key: string; at: number }[] = []
    const sensor: Sensor = {
      name: 'notes',
      contract: 1,
      start: async () => {},
      close: async () => {},
      onReleased: (facts) => void released.push(facts),
      onRestore: (facts) => void restores.push(facts),
      onStandby: (facts) => void standbys.push(facts),
    }
    const app = createApp({
      id: 'crew',
      workerId,
      transport,
      clock: this.clock,
      logger: silentLogger,
      sensors: [sensor],
      ...rest,
    })
    app.done.catch(() => {})
    const source = app.topic('source', { value: json<number>(), partitions: this.partitions })
    const table = app.table('counts', { value: json<number>(), default: () => 0, ...tableOptions })
    app.agent('count', source, { tables: [table] }, async (stream) => {
      for await (const { key } of stream.events()) {
        await table.update(key!, (count) => count + 1)
        handled.push({ key: key!, at: this.clock.monotonic() })
      }
    })
    declare?.(app, source)
    const end = async (how: () => Promise<void>): Promise<void> => {
      this.#running.delete(member)
      await this.clock.run(how)
    }
    const member: Member = {
      workerId,
      app,
      table,
      released,
      restores,
      standbys,
      handled,
      crash: () => {
        transport.kill()
        return end(() => app.stop().catch(() => {}))
      },
      stop: (how) => end(() => app.stop(how)),
      live: () => app.status().partitions.flatMap(({ live, partition }) => (live ? [partition] : [])),
    }
    await this.clock.run(() => app.start())
    this.#running.add(member)
    return member
  }

  /** Sends `count` records under keys `k0` to `k{keys-1}`, one after another to each. */
  async feed(count: number, keys = 20): Promise<void> {
    if (this.#fed === 0) {
      await this.#outside.start({ app: 'outside', clock: this.clock, logger: silentLogger })
    }
    const producer = this.#outside.producer()
    await this.clock.run(async () => {
      await producer.init()
      const { definition } = createApp({ id: 'outside', logger: silentLogger }).topic('source')
      for (let sent = 0; sent < count; sent++) {
        const key = new TextEncoder().encode(`k${this.#fed++ % keys}`)
        await producer.send('source', definition.partitioner(key, this.partitions), [
          { key, value: new TextEncoder().encode('1') },
        ])
      }
      await producer.close()
    })
  }

  /** Moves the clock in small steps until `condition` holds; fails after two minutes of its time. */
  async until(what: string, condition: () => unknown): Promise<void> {
    const begun = this.clock.monotonic()
    while (!(await condition())) {
      const crashed = [...this.#running].find(({ app }) => app.state === 'crashed')
      if (crashed !== undefined) await crashed.app.done
      if (this.clock.monotonic() - begun > 120_000) throw new Error(`waited two minutes in vain until ${what}`)
      await this.clock.advance(20)
    }
  }

  /** All counts, wherever they live. */
  async counts(): Promise<Map<string, number>> {
    const all = new Map<string, number>()
    for (const { table } of this.#running) for await (const [key, count] of table.entries()) all.set(key, count)
    return all
  }

  /** Everything that was fed is counted. */
  async counted(): Promise<boolean> {
    let sum = 0
    for (const count of (await this.counts()).values()) sum += count
    return sum >= this.#fed
  }

  async end(): Promise<void> {
    for (const member of this.#running) await member.stop().catch(() => {})
  }
}

/** A store in memory that is there again for the next run of its worker. */
export function keptStore(): Store {
  const store = embeddedStore()
  const start = store.start.bind(store)
  let started = false
  return Object.assign(store, {
    start: async (context: Parameters<Store['start']>[0]) => {
      if (!started) await start(context)
      started = true
    },
    close: async () => {},
  })
}
