import type { GroupTasks } from './place.ts'

/**
 * Deals copies of the tasks of a group: `result[replica][task]` is a member or -1. A copy never sits with its active nor
 * with another copy, so there are at most members - 1 of a task; members that have a copy already keep it as far as that
 * leaves copies evenly spread. `load` counts copies by member, over all groups, and is carried on.
 */
export function placeStandbys(
  group: GroupTasks,
  active: readonly number[],
  replicas: number,
  load: number[],
): number[][] {
  const { tasks, members, warm } = group
  const copies = Math.min(replicas, members.length - 1)
  const share = Math.ceil((copies * tasks) / members.length)
  const taken = load.map(() => 0)
  const placed = active.map((): number[] => [])
  const take = (task: number, member: number): void => {
    placed[task]!.push(member)
    taken[member]!++
    load[member]!++
  }

  // Copy by copy, so that every task gets its first before any gets its second.
  for (let copy = 0; copy < copies; copy++) {
    for (let task = 0; task < tasks; task++) {
      const fits = (member: number): boolean =>
        member !== active[task] && taken[member]! < share && !placed[task]!.includes(member)
      const fresh = warm[task]!.find(fits)
      if (fresh !== undefined) take(task, fresh)
    }
  }
  for (let task = 0; task < tasks; task++) {
    while (placed[task]!.length < copies) {
      let best = -1
      for (const member of members) {
        if (member === active[task] || placed[task]!.includes(member)) continue
        if (
          best === -1 ||
          taken[member]! < taken[best]! ||
          (taken[member] === taken[best] && load[member]! < load[best]!)
        ) {
          best = member
        }
      }
      take(task, best)
    }
  }
  return Array.from({ length: copies }, (_, copy) => placed.map((list) => list[copy]!))
}
