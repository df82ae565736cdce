import type { FrozenOffset, FrozenTask } from '../task/task.ts'

/** What became of what a cycle had taken. */
export interface CommitOutcome {
  /** What is committed now. */
  readonly offsets: readonly FrozenOffset[]
  /** Entries written to stores. */
  readonly entries: number
  /** Why it failed, if it did. What can't be repeated has crashed the worker. */
  readonly error?: unknown
}

/** Makes durable what a cycle has taken, with a producer of its own: the part of a cycle that depends on the guarantee. */
export interface Guarantee {
  /** Called once, before the first commit. */
  init(): Promise<void>
  /** Called by one cycle at a time. Never rejects. `undefined` when there was nothing to do. */
  commit(tasks: readonly FrozenTask[]): Promise<CommitOutcome | undefined>
  /** Called when membership of the group is lost, at any moment. */
  lost?(): void
  /** After the last commit; takes `within` ms at most. */
  close(options: { readonly within: number }): Promise<void>
}
