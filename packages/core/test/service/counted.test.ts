import { expect, test } from 'vitest'
import { counted } from '../../src/service/counted.ts'

test('one of something is no plural', () => {
  expect([0, 1, 2].map((count) => counted(count, 'record'))).toEqual(['0 records', '1 record', '2 records'])
})
