/** The tasks of a group before they are dealt. Members are indices. */
export interface GroupTasks {
  readonly tasks: number
  /** Who may have tasks of it, ascending. */
  readonly members: readonly number[]
  /** By task: the member to keep it, or -1. */
  readonly owners: readonly number[]
  /** By task: the members with a copy of its state, the freshest first. */
  readonly warm: readonly (readonly number[])[]
}

/**
 * Deals the tasks of a group: `result[task]` is the member. Every member keeps what it has up to its quota; what is left
 * goes to members with a copy of its state, then to those with most room. The sum of the quotas is the number of tasks.
 */
export function placeTasks(group: GroupTasks, quotas: readonly number[]): number[] {
  const { tasks, owners, warm } = group
  const placed = [...owners]
  const room = [...quotas]
  for (const owner of owners) if (owner !== -1) room[owner]!--

  // Who has too many gives up first what is warm where there is room, then the last ones.
  const releasable = owners.map((_, task) => task).toReversed()
  for (const warmOnly of [true, false]) {
    for (const task of releasable) {
      const owner = placed[task]!
      if (owner === -1 || room[owner]! >= 0) continue
      const target = warmOnly ? warm[task]!.find((member) => room[member]! > 0) : -1
      if (target === undefined) continue
      placed[task] = target
      room[owner]!++
      if (target !== -1) room[target]!--
    }
  }

  // Tasks with fewest places where they are warm choose first, else a choosier one would find its only place taken.
  const free = placed.flatMap((member, task) => (member === -1 ? [task] : []))
  const choices = (task: number): number => warm[task]!.filter((member) => room[member]! > 0).length
  const chosen = free
    .map((task) => ({ task, count: choices(task) }))
    .sort((a, b) => a.count - b.count || a.task - b.task)
  for (const { task } of chosen) {
    const target = warm[task]!.find((member) => room[member]! > 0)
    if (target === undefined) continue
    placed[task] = target
    room[target]!--
  }

  for (let task = 0; task < tasks; task++) {
    if (placed[task] !== -1) continue
    const target = group.members.reduce((best, member) => (room[member]! > room[best]! ? member : best))
    placed[task] = target
    room[target]!--
  }
  return placed
}
