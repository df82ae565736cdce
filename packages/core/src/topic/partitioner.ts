import { murmur2 } from './murmur2.ts'

/**
 * Chooses the partition of a record: a whole number in [0, partitions). For a key it must depend on nothing but the
 * key's bytes and the count, else tables and the topics that feed them part ways. `null` is a record without a key.
 */
export type Partitioner = (key: Uint8Array | null, partitions: number) => number

/** The partition of a key as Kafka's Java clients choose it: `toPositive(murmur2(key)) % partitions`. */
export function partitionForKey(key: Uint8Array, partitions: number): number {
  // toPositive drops the sign bit; it is not the absolute value.
  return (murmur2(key) & 0x7fffffff) % partitions
}

/** How records without a key are spread. */
export interface KeylessOptions {
  /** Where the first record goes, as a number in [0, 1): hand over the clock's `random`. Called once. */
  readonly random: () => number
  /**
   * How many records in a row go to one partition. The default of 1 is round-robin: ten jobs reach four workers evenly.
   * Longer runs make fuller batches, at the price of evenness over short times.
   */
  readonly run?: number | undefined
}

/**
 * Chooses partitions for records without a key: runs of `run` records, partition after partition, from a random first
 * one, so that many producers that send little don't all favour partition 0. Make one per topic: it has state, and the
 * partitions of a topic get equal shares only if nobody else draws from it.
 */
export function keylessPartitioner(options: KeylessOptions): (partitions: number) => number {
  const run = Math.max(1, Math.floor(options.run ?? 1))
  let partition = -1
  let left = run
  return (partitions) => {
    if (partition < 0) partition = Math.floor(options.random() * partitions)
    else if (left === 0) {
      partition++
      left = run
    }
    // Also when a topic has fewer partitions than at the last call.
    if (partition >= partitions) partition = 0
    left--
    return partition
  }
}

/** The default: keys by `partitionForKey`, records without one by a `keylessPartitioner` of its own. One per topic. */
export function defaultPartitioner(options: KeylessOptions): Partitioner {
  const keyless = keylessPartitioner(options)
  return (key, partitions) => (key === null ? keyless(partitions) : partitionForKey(key, partitions))
}
