import { expect, test } from 'vitest'
import { Brake } from '../src/brake.ts'
import { AHEAD } from '../src/program.ts'

test('ids may be sent up to a distance from the oldest record that is not committed, wherever it lies', () => {
  const brake = new Brake()
  expect(brake.limit).toBe(AHEAD)
  const places = Array.from({ length: 6 }, (_, id) => brake.sends(id))
  for (const [id, tell] of places.entries()) if (id !== 4) tell({ partition: id % 2, offset: Math.floor(id / 2) })
  brake.committed([0, 3])
  expect(brake.limit).toBe(AHEAD)
  brake.committed([2, 3])
  // What is not acknowledged is not known to be committed.
  expect(brake.limit).toBe(4 + AHEAD)
  places[4]!({ partition: 0, offset: 2 })
  brake.committed([3, 3])
  expect(brake.limit).toBe(6 + AHEAD)
})
