import { beforeEach, expect, test } from 'vitest'
import { Copies } from '../src/copies.ts'

let copies: Copies
beforeEach(() => {
  copies = new Copies(2)
})

function follow(offset: number, { partition = 0, following = true } = {}): void {
  copies.followed({ kind: 'standby', table: 'counts', partition, offset, lag: 100 - offset, following })
}

test('copies that go on, also after a restart, never went back', () => {
  for (const offset of [0, 40, 40, 90]) follow(offset)
  copies.started()
  follow(90)
  expect(copies.retreats).toEqual([])
  expect(copies.reached('counts', 0)).toBe(90)
  expect(copies.reached('counts', 1)).toBe(0)
})

test('one that goes back is told, also after a restart', () => {
  follow(40)
  follow(10, { partition: 1 })
  copies.started()
  follow(39)
  expect(copies.retreats).toEqual([{ worker: 2, table: 'counts', partition: 0, from: 40, to: 39 }])
})

test('on a new disk they begin anew', () => {
  follow(40)
  copies.lost()
  follow(0)
  expect(copies.retreats).toEqual([])
  expect(copies.reached('counts', 0)).toBe(0)
})

test('close are those that are followed and lack no more', () => {
  follow(95)
  follow(99, { partition: 1 })
  expect([copies.close(4), copies.close(5)]).toEqual([1, 2])
  follow(99, { partition: 1, following: false })
  expect(copies.close(5)).toBe(1)
  copies.started()
  expect(copies.close(5)).toBe(0)
})
