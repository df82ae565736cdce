import { bytesId, isSimple } from '../processing/shard/entry-id.ts'
import { begun } from '../processing/task/call.ts'
import type { Entry } from '../processing/shard/entry-cache.ts'
import { encodePart } from '../processing/send/encode.ts'
import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import type { ReadableEntries } from '../processing/shard/table-layout.ts'
import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { StoreRange } from '../store/store.ts'
import { scan, type Scanned } from './scan.ts'
import { type Access, locate, type ReadAccess, readFailure, writeAccess } from './table-access.ts'

/** Where in a shard something of a key is kept. */
export interface Place {
  /** Identifies it within the shard, for a key that is a simple string. Begins with no zero, which other keys' ids do. */
  id(key: string): string
  /** The bytes that stand for it in the store and in the changelog. */
  bytes(key: Uint8Array): Uint8Array
}

/** A key's own place: it is kept under its own bytes. */
export const OWN: Place = { id: (key) => key, bytes: (key) => key }

/** What is done with an entry; `owned` says that later writes of it already wait for this one. */
export type Work<R> = (access: Access, entry: Entry, owned: boolean) => MaybePromise<R>

/** The same for reading. */
export type Read<R> = (access: ReadAccess, entry: Entry) => MaybePromise<R>

interface Found {
  readonly access: ReadAccess
  readonly entry: Entry
}

/** The way from the keys of a table to entries of its shards, for reading and writing one at a time. */
export class EntryAccess<K> {
  readonly #runtime: Runtime
  readonly #definition: TableDefinition

  readonly #partition: number | undefined

  /** `partition` is the one that is used, where keys don't say which. */
  constructor(runtime: Runtime, definition: TableDefinition, partition?: number) {
    this.#runtime = runtime
    this.#definition = definition
    this.#partition = partition
  }

  /**
   * Finds what is kept for the key and does `work` with it: at once when nothing has to be waited for. Writes wait for an
   * asynchronous write of the same entry; reads see the value as it is.
   */
  at<R>(key: K, place: Place, kind: 'read', work: Read<R>): Promise<R>
  at<R>(key: K, place: Place, kind: 'write', work: Work<R>): Promise<R>
  at<R>(key: K, place: Place, kind: 'read' | 'write', work: Work<R> | Read<R>): Promise<R> {
    try {
      const given = kind === 'write' ? writeAccess(this.#runtime, this.#definition, 'written') : undefined
      const found = this.#find(key, place, given)
      const result = isPromise(found)
        ? found.then((later) => {
            const { access, entry } = later
            access.check()
            // A small cache may have forgotten the entry meanwhile, and somebody else has loaded the key again.
            const current = access.shard.lookup(entry.id) ?? entry
            return this.#perform({ access, entry: current }, kind, work)
          })
        : this.#perform(found, kind, work)
      if (!isPromise(result)) return Promise.resolve(result)
      const delivery = given?.delivery
      if (delivery === undefined) return Promise.resolve(result)
      // The value in hand is not settled before what it began has taken effect.
      delivery.beginEffect()
      return begun(Promise.resolve(result).finally(() => delivery.endEffect()))
    } catch (error) {
      return begun(Promise.reject(error))
    }
  }

  /** Writes at a place that is not known yet; the value in hand is not settled before. */
  later<R>(place: PromiseLike<Place>, write: (place: Place) => Promise<R>): Promise<R> {
    const delivery = writeAccess(this.#runtime, this.#definition, 'written')?.delivery
    delivery?.beginEffect()
    return begun(Promise.resolve(place.then(write)).finally(() => delivery?.endEffect()))
  }

  /** What is kept of one key between two bounds of its shard; see `scan`. */
  async *scan(shard: ReadableEntries, range: StoreRange): AsyncGenerator<Scanned> {
    try {
      yield* scan(shard, range)
    } catch (error) {
      throw readFailure(this.#runtime, this.#definition, shard, error)
    }
  }

  #perform<R>({ access: given, entry }: Found, kind: 'read' | 'write', work: Work<R> | Read<R>): MaybePromise<R> {
    // What a write has found is the shard of the value in hand itself.
    const access = given as Access
    if (kind === 'read' || entry.queue === undefined) return work(access, entry, false)
    const proceed = (): MaybePromise<R> => {
      access.check()
      return work(access, entry, true)
    }
    return exclusive(entry, entry.queue.then(proceed, proceed))
  }

  #find(key: K, place: Place, given: Access | undefined): MaybePromise<Found> {
    const simple = isSimple(key)
    const own = given ?? writeAccess(this.#runtime, this.#definition, 'read')
    if (simple && own !== undefined && this.#partition === undefined) {
      // A key that is in memory has been through the partition check before.
      const entry = own.shard.lookup(place.id(key))
      if (entry !== undefined) return { access: own, entry }
    }
    const bytes = encodePart(this.#definition.changelog, 'key', this.#definition.key, key, [])
    const load = (encoded: Uint8Array | null): MaybePromise<Found> => {
      const access = locate(this.#runtime, this.#definition, encoded, own, this.#partition)
      const stored = place.bytes(encoded!)
      const id = simple ? place.id(key) : bytesId(stored)
      const entry = access.shard.lookup(id) ?? access.shard.load(id, stored)
      if (!isPromise(entry)) return { access, entry }
      return entry.then(
        (loaded) => ({ access, entry: loaded }),
        (error: unknown) => {
          throw readFailure(this.#runtime, this.#definition, access.shard, error)
        },
      )
    }
    return isPromise(bytes) ? bytes.then(load) : load(bytes)
  }
}

/** Calls `put` with a new value that is there at once or later; later writes of the entry wait for that. */
export function replace<S>(
  { check }: Access,
  entry: Entry,
  changed: MaybePromise<S>,
  owned: boolean,
  put: (value: S) => void,
): MaybePromise<S> {
  if (!isPromise(changed)) {
    put(changed)
    return changed
  }
  const done = changed.then((value) => {
    check()
    put(value)
    return value
  })
  return owned ? done : exclusive(entry, done)
}

/** Makes whoever writes this entry next wait for `work`. */
export function exclusive<R>(entry: Entry, work: PromiseLike<R>): Promise<R> {
  const done = Promise.resolve(work).finally(() => {
    if (entry.queue === done) entry.queue = undefined
  })
  done.catch(() => {})
  entry.queue = done
  return done
}
