import type { GroupTasks } from './place.ts'

/**
 * Deals copies of the tasks of a group: `result[replica][task]` is a member. A copy never sits with its active nor with
 * another copy, so there are at most members - 1 of a task. Members that have a copy keep it, the freshest first; then
 * copies go from members with many to members with few, as long as that levels them, so that nothing moves while nothing
 * changes. `load` counts copies by member over all groups, and is carried on.
 */
export function placeStandbys(
  group: GroupTasks,
  active: readonly number[],
  replicas: number,
  load: number[],
): number[][] {
  const { members, warm } = group
  const copies = Math.min(replicas, members.length - 1)
  const taken = load.map(() => 0)
  const placed = warm.map((fresh, task) => fresh.filter((member) => member !== active[task]).slice(0, copies))
  for (const list of placed) for (const member of list) taken[member]!++

  /** Of the members that may have one more copy of a task, the one with the fewest. */
  const fewest = (task: number): number => {
    let best = -1
    for (const member of members) {
      if (member === active[task] || placed[task]!.includes(member)) continue
      const less = best === -1 ? -1 : taken[member]! - taken[best]! || load[member]! - load[best]!
      if (less < 0) best = member
    }
    return best
  }
  placed.forEach((list, task) => {
    while (list.length < copies) {
      const member = fewest(task)
      list.push(member)
      taken[member]!++
    }
  })

  // Every move makes the sum of the squares smaller, so this ends.
  let moved = copies < members.length - 1
  while (moved) {
    moved = false
    placed.forEach((list, task) => {
      list.forEach((from, copy) => {
        const to = fewest(task)
        if (taken[from]! - taken[to]! < 2) return
        list[copy] = to
        taken[from]!--
        taken[to]!++
        moved = true
      })
    })
  }
  taken.forEach((count, member) => (load[member]! += count))
  return Array.from({ length: copies }, (_, copy) => placed.map((list) => list[copy]!))
}
