import type { Runtime } from '../processing/runtime.ts'
import { type ShardSnapshot, takeSnapshot } from '../processing/restore/shard-snapshots.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { checkOptions } from '../service/check-options.ts'
import { FaustError, isFaustError } from '../service/errors.ts'
import type { SnapshotTarget } from '../store/snapshot/snapshot-target.ts'
import { type LocalShard, localShards, writeAccess } from './table-access.ts'

/** Where a snapshot of a table goes, and when it is given up. */
export interface SnapshotOptions {
  /** Default: the table's `snapshots`. */
  readonly target?: SnapshotTarget | undefined
  /** Ends it: a target may take as long as it likes. Default: only the stop of the worker does. */
  readonly signal?: AbortSignal | undefined
}

/** What every table has, whatever it keeps. */
export abstract class ShardedTable {
  readonly definition: TableDefinition
  protected readonly runtime: Runtime

  constructor(runtime: Runtime, definition: TableDefinition) {
    this.runtime = runtime
    this.definition = definition
  }

  get name(): string {
    return this.definition.name
  }

  /** @internal The app it was declared with. */
  get owner(): object {
    return this.runtime
  }

  /**
   * Writes what is committed of every partition that is live here to the target, one object a partition and one partition
   * after another, while handlers go on. A shard that begins with nothing is filled from there and reads only the rest of
   * its changelog. Answers what was written; empty partitions are left out. Rejects with what the target rejects with, and
   * with `FAUST_ABORTED` when the signal fires or the worker stops; objects that are finished stay.
   */
  async snapshot(options: SnapshotOptions = {}): Promise<readonly ShardSnapshot[]> {
    checkOptions(`A snapshot of table ${this.name}`, options, ['target', 'signal'])
    const { target = this.definition.snapshots } = options
    if (target === undefined) {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `Table ${this.name} has no \`snapshots\` to write to: declare it with some, or give snapshot(…) a \`target\`.`,
      )
    }
    const stop = this.runtime.worker(`A snapshot of table ${this.name} can't be taken`).signal
    const signal = options.signal === undefined ? stop : AbortSignal.any([stop, options.signal])
    const written: ShardSnapshot[] = []
    const take = async function* ({ whole }: LocalShard): AsyncIterable<ShardSnapshot> {
      const one = await takeSnapshot(whole, target, signal)
      if (one !== undefined) yield one
    }
    for await (const one of this.eachShard(take)) written.push(one)
    return written
  }

  /**
   * What is read of each shard to iterate, one after the other. Outside of handlers one that goes to another worker
   * meanwhile ends there: what it has is not here any more.
   */
  protected async *eachShard<T>(read: (shard: LocalShard) => AsyncIterable<T>): AsyncIterable<T> {
    const isOutside = writeAccess(this.runtime, this.definition, 'read') === undefined
    for (const shard of this.shards()) {
      try {
        yield* read(shard)
      } catch (error) {
        if (!(isOutside && isFaustError(error, 'FAUST_CLOSED'))) throw error
      }
    }
  }

  /** The shards to iterate: see `localShards`. */
  protected shards(): readonly LocalShard[] {
    return localShards(this.runtime, this.definition)
  }
}
