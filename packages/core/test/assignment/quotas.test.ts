import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computeQuotas } from '../../src/assignment/quotas.ts'
import type { GroupCount } from '../../src/assignment/quotas.ts'

/** What is optimised, in order of importance: evenness of totals, tasks kept. */
function score(
  groups: readonly GroupCount[],
  quotas: readonly (readonly number[])[],
): { squares: number; kept: number } {
  const totals = quotas[0]!.map((_, member) => quotas.reduce((sum, row) => sum + row[member]!, 0))
  let kept = 0
  groups.forEach(({ owned }, g) => owned.forEach((count, member) => (kept += Math.min(count, quotas[g]![member]!))))
  return { squares: totals.reduce((sum, total) => sum + total * total, 0), kept }
}

/** The best score of all ways to hand out the extras. */
function bruteForce(groups: readonly GroupCount[], members: number): { squares: number; kept: number } {
  let best = { squares: Infinity, kept: 0 }
  const subsets = (list: readonly number[], size: number): number[][] => {
    if (size === 0) return [[]]
    return list.flatMap((first, i) => subsets(list.slice(i + 1), size - 1).map((rest) => [first, ...rest]))
  }
  const choose = (g: number, rows: number[][]): void => {
    if (g === groups.length) {
      const found = score(groups, rows)
      if (found.squares < best.squares || (found.squares === best.squares && found.kept > best.kept)) best = found
      return
    }
    const { tasks, members: eligible } = groups[g]!
    for (const subset of subsets(eligible, tasks % eligible.length)) {
      const row = Array.from({ length: members }, (_, member) => {
        return eligible.includes(member) ? Math.floor(tasks / eligible.length) + (subset.includes(member) ? 1 : 0) : 0
      })
      choose(g + 1, [...rows, row])
    }
  }
  choose(0, [])
  return best
}

/** Groups whose tasks are owned anyhow, by members that may have them and by nobody. */
const problems = fc.integer({ min: 1, max: 4 }).chain((members) =>
  fc.tuple(
    fc.constant(members),
    fc.array(
      fc
        .tuple(
          fc.integer({ min: 1, max: 7 }),
          fc.oneof(
            fc.constant(Array.from({ length: members }, (_, i) => i)),
            fc.subarray([0, 1, 2, 3].slice(0, members), { minLength: 1 }),
          ),
          fc.array(fc.integer({ min: -1, max: members - 1 }), { minLength: 7, maxLength: 7 }),
        )
        .map(([tasks, eligible, owners]): GroupCount => {
          const count = (member: number): number => owners.slice(0, tasks).filter((owner) => owner === member).length
          const all = Array.from({ length: members }, (_, member) => member)
          return {
            tasks,
            members: eligible,
            owned: all.map((member) => (eligible.includes(member) ? count(member) : 0)),
            warm: all.map(() => 0),
            freshest: all.map(() => 0),
          }
        }),
      { minLength: 1, maxLength: 4 },
    ),
  ),
)

describe('computeQuotas', () => {
  it('finds the optimum: totals as even as can be, and then the fewest moves', () => {
    fc.assert(
      fc.property(problems, ([members, groups]) => {
        const quotas = computeQuotas(groups, members)
        quotas.forEach((row, g) => {
          const { tasks, members: eligible } = groups[g]!
          expect(row.reduce((a, b) => a + b)).toBe(tasks)
          row.forEach((quota, member) => {
            const share = Math.floor(tasks / eligible.length)
            expect(eligible.includes(member) ? [share, share + 1] : [0]).toContain(quota)
          })
        })
        expect(score(groups, quotas)).toEqual(bruteForce(groups, members))
      }),
      { numRuns: 500 },
    )
  })

  it('prefers to give the odd task to a member with a copy of its state', () => {
    const group = { tasks: 3, members: [0, 1], owned: [1, 1], warm: [0, 1], freshest: [0, 0] }
    expect(computeQuotas([group], 2)).toEqual([[1, 2]])
    expect(computeQuotas([{ ...group, warm: [1, 0] }], 2)).toEqual([[2, 1]])
    expect(computeQuotas([{ ...group, warm: [1, 1], freshest: [0, 1] }], 2)).toEqual([[1, 2]])
  })

  it('spreads many small groups over the members', () => {
    const group = { tasks: 1, members: [0, 1, 2], owned: [1, 0, 0], warm: [0, 0, 0], freshest: [0, 0, 0] }
    const quotas = computeQuotas(
      Array.from({ length: 9 }, () => group),
      3,
    )
    expect([0, 1, 2].map((member) => quotas.reduce((sum, row) => sum + row[member]!, 0))).toEqual([3, 3, 3])
  })
})
