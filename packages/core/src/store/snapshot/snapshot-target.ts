/**
 * Where snapshots of tables lie: a directory, an object store. An object has a name of letters, digits, '.', '_', '-' and
 * '/'. Any method may be called while others run, also by several workers; rejections are the target's own errors. A restore
 * passes over a target that takes more than 30 s for a list or for the next chunk.
 *
 * The signal of each call fires when nobody waits for it any more, for whatever reason: a target that hands it on to what
 * it does ends that too. Nothing breaks where it is ignored.
 */
export interface SnapshotTarget {
  /**
   * Writes an object, as one: nobody ever reads a part of it, nor anything when `chunks` fails. An old one of that name is
   * replaced. Old objects may be removed at any time, as the target sees fit, but the two newest names of a folder.
   */
  write(name: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>
  /** The bytes of an object, in chunks of any size, which belong to the caller. A missing one is an error, at the latest at the first chunk. */
  read(name: string, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The whole names of the objects, and only whole objects, that begin with `prefix`, which ends in '/'; in any order, none is fine. */
  list(prefix: string, signal: AbortSignal): Promise<readonly string[]>
}
