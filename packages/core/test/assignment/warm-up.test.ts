import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GroupTasks } from '../../src/assignment/place.ts'
import { type Copy, warmUp } from '../../src/assignment/warm-up.ts'

function group(owners: readonly number[], copies: readonly (readonly Copy[])[]): GroupTasks {
  return {
    tasks: owners.length,
    members: [0, 1, 2],
    owners,
    warm: copies.map((list) => list.map(({ member }) => member)),
  }
}

describe('warmUp', () => {
  it('leaves a task where it is until the copy of its next worker is close enough', () => {
    const far = [[{ member: 0, position: 100 }]]
    expect(warmUp(group([0], far), [1], far, 10)).toEqual({ active: [0], warming: [1] })
    const near = [
      [
        { member: 0, position: 100 },
        { member: 1, position: 90 },
      ],
    ]
    expect(warmUp(group([0], near), [1], near, 10)).toEqual({ active: [1], warming: [] })
  })

  it('moves at once what is small enough to be read anyway', () => {
    const small = [[{ member: 0, position: 10 }]]
    expect(warmUp(group([0], small), [1], small, 10)).toEqual({ active: [1], warming: [] })
    expect(warmUp(group([-1], [[]]), [1], [[]], 0)).toEqual({ active: [1], warming: [] })
  })

  it('gives the task of a worker that is gone to a good copy, though another one is to have it', () => {
    const copies = [[{ member: 2, position: 100 }]]
    expect(warmUp(group([-1], copies), [1], copies, 10)).toEqual({ active: [2], warming: [1] })
  })

  it('shares what has to wait among several good copies', () => {
    const both = [
      { member: 1, position: 100 },
      { member: 2, position: 100 },
    ]
    const { active } = warmUp(group([-1, -1], [both, both]), [0, 0], [both, both], 10)
    expect([...active].toSorted((a, b) => a - b)).toEqual([1, 2])
  })

  it('only ever lets a good copy run, or whoever was planned when there is none', () => {
    const copy = fc.record({ member: fc.nat(2), position: fc.nat(50) })
    const task = fc.record({
      owner: fc.integer({ min: -1, max: 2 }),
      planned: fc.nat(2),
      copies: fc
        .uniqueArray(copy, { selector: ({ member }) => member })
        .map((list) => list.toSorted((a, b) => b.position - a.position)),
    })
    fc.assert(
      fc.property(fc.array(task), fc.nat(60), (tasks, lag) => {
        const copies = tasks.map((one) => one.copies)
        const owners = tasks.map(({ owner }) => owner)
        const { active, warming } = warmUp(
          group(owners, copies),
          tasks.map(({ planned }) => planned),
          copies,
          lag,
        )
        tasks.forEach(({ copies: list, planned }, n) => {
          const furthest = list[0]?.position ?? 0
          const lacks = (member: number): number =>
            furthest - (list.find((one) => one.member === member)?.position ?? 0)
          expect(lacks(active[n]!)).toBeLessThanOrEqual(lag)
          expect(active[n] === planned ? -1 : planned).toBe(warming[n] ?? -1)
        })
      }),
    )
  })
})
