import type { AdapterContext, Clock, MaybePromise, OpenShard, Shard, Store, StoreSupports } from '@faust/core'
import type { Cleanup } from '../kit/cleanup.ts'
import { withCleanup } from '../kit/cleanup.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import { seededRandom } from '../random/seeded-random.ts'
import type { SeededRandom } from '../random/seeded-random.ts'

/** Where a store of the kit keeps its data. */
export interface StorePlace {
  /** Unique for the data of one case: a directory's or a key prefix's name. Equal places mean equal data. */
  readonly place: string
}

/** What a case of the store kit works with. */
export interface StoreContext {
  readonly supports: StoreSupports
  readonly clock: Clock
  readonly random: SeededRandom
  /** Ms to wait for what must happen. */
  readonly patience: number
  /** A store that is not started; closed after the case. The same `place` reaches the same data. */
  create(place?: string): Promise<Store>
  /** A started store; closed after the case. */
  start(options?: { readonly place?: string; readonly app?: string }): Promise<Store>
  /** Starts a store that somebody else created. */
  begin(store: Store, app?: string): Promise<void>
  /** Opens a shard that is closed after the case: table `table`, partition 0, active, epoch 1 unless told otherwise. */
  open(
    store: Store,
    options?: Partial<OpenShard> & { readonly table?: string; readonly partition?: number },
  ): Promise<Shard>
  /** A fresh started store with one open shard. */
  shard(): Promise<Shard>
  /** A store whose place cannot be used, when the adapter gave one. */
  readonly unusable: (() => MaybePromise<Store>) | undefined
}

/** What contexts are made from. */
export interface StoreContextOptions {
  readonly create: (place: StorePlace) => MaybePromise<Store>
  readonly unusable: (() => MaybePromise<Store>) | undefined
  readonly supports: StoreSupports
  readonly clock: Clock
  readonly seed: number
  readonly patience: number
  /** Unique for this run of the kit, so that a store that outlives it starts empty. */
  readonly run: string
}

/** Gives each case places, an app and chance of its own, and closes what it opened. */
export function provideStoreContext(
  options: StoreContextOptions,
): (name: string, run: (context: StoreContext) => Promise<void>) => Promise<void> {
  let cases = 0
  return (name, run) => {
    const home = `${options.run}-${cases++}`
    return withCleanup(options.patience, (cleanup) => run(createContext(options, name, home, cleanup)))
  }
}

function createContext(options: StoreContextOptions, name: string, home: string, cleanup: Cleanup): StoreContext {
  const { clock, supports, patience } = options
  const context: StoreContext = {
    supports,
    clock,
    patience,
    random: seededRandom(`${options.seed} ${name}`),
    unusable: options.unusable,
    async create(place = 'a') {
      const store = await options.create({ place: `${home}-${place}` })
      cleanup.add('the store', () => store.close())
      return store
    },
    async start({ place, app } = {}) {
      const store = await context.create(place)
      await context.begin(store, app)
      return store
    },
    begin: (store, app = 'app') => store.start(adapterContext(`${app}-${home}`, clock)),
    async open(store, { table = 'table', partition = 0, mode = 'active', epoch = 1 } = {}) {
      const shard = await store.open(table, partition, { mode, epoch })
      cleanup.add('a shard', () => shard.close())
      return shard
    },
    shard: async () => context.open(await context.start()),
  }
  return context
}

function adapterContext(app: string, clock: Clock): AdapterContext {
  return { app, clock, logger: silentLogger() }
}
