import type { GroupTasks } from './place.ts'

/** How far a member's copy of the state of one task is. */
export interface Copy {
  readonly member: number
  readonly position: number
}

/** Who has the tasks of a group now, and who is to have them later. */
export interface WarmedUp {
  /** By task. */
  readonly active: readonly number[]
  /** By task: the member that is to have it as soon as its copy is close enough, or -1. Empty when that holds for none. */
  readonly warming: readonly number[]
}

/**
 * Lets a task with state move only to a member whose copy lacks at most `acceptableLag` records of the furthest one.
 * Until then it stays where it is, or goes to a member whose copy is close enough, and the planned member follows the
 * changelog meanwhile. When no copy is close enough it moves as planned: somebody has to read the changelog anyway.
 */
export function warmUp(
  { owners, tasks }: GroupTasks,
  planned: readonly number[],
  copies: readonly (readonly Copy[])[],
  acceptableLag: number,
): WarmedUp {
  const active = [...planned]
  const warming = planned.map(() => -1)
  const load = new Map<number, number>()
  for (const member of planned) load.set(member, (load.get(member) ?? 0) + 1)
  for (let task = 0; task < tasks; task++) {
    const target = planned[task]!
    const furthest = copies[task]![0]?.position ?? 0
    const positionOf = (member: number): number => copies[task]!.find((copy) => copy.member === member)?.position ?? 0
    const ready = (member: number): boolean => furthest - positionOf(member) <= acceptableLag
    if (ready(target)) continue
    const near = copies[task]!.filter(({ member }) => ready(member)).map(({ member }) => member)
    const owner = owners[task]!
    const least = near.toSorted((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))[0]
    const until = near.includes(owner) ? owner : (least ?? -1)
    if (until === -1) continue
    active[task] = until
    warming[task] = target
    load.set(target, load.get(target)! - 1)
    load.set(until, (load.get(until) ?? 0) + 1)
  }
  return { active, warming: warming.some((member) => member !== -1) ? warming : [] }
}
