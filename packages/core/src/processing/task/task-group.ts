/** Topics of one partition count that meet in agents or tables, with those tables. */
export interface TaskGroup {
  /** Made from the names of its topics, so it is the same on every worker. */
  readonly id: string
  readonly topics: readonly string[]
  readonly tables: readonly string[]
  readonly partitions: number
}

/** Names partition n of a group: the same on every worker. */
export function taskId(group: TaskGroup, partition: number): string {
  return `${group.id} ${partition}`
}
