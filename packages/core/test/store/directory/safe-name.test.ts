import fc from 'fast-check'
import { expect, test } from 'vitest'
import { originalName, safeName, shardFolder, shardOf } from '../../../src/store/directory/safe-name.ts'

const name = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc.string({
    minLength: 1,
    unit: fc.constantFrom('a', 'A', 'z', 'Z', '0', '.', '-', '_', '+', '%', ' ', '/', '\\', 'é'),
  }),
  fc.constantFrom('con', 'con.x', 'lpt1', 'CON', '.', '..', 'orders', 'Orders', 'orders-1'),
)

test('any name comes back from its folder', () => {
  fc.assert(
    fc.property(name, (name) => {
      expect(originalName(safeName(name))).toBe(name)
    }),
  )
})

test('two names never share a folder, also where capitals count as small letters', () => {
  fc.assert(
    fc.property(name, name, fc.nat(20), fc.nat(20), (one, other, n, m) => {
      fc.pre(one !== other || n !== m)
      expect(shardFolder(one, n).toLowerCase()).not.toBe(shardFolder(other, m).toLowerCase())
    }),
  )
})

test('a folder needs nothing but letters, digits and signs that every file system takes', () => {
  fc.assert(
    fc.property(name, (name) => {
      expect(safeName(name)).toMatch(/^[a-z0-9_%+-]([a-z0-9._%+-]*[a-z0-9_%+-])?$/)
      expect(safeName(name)).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/)
    }),
  )
})

test('a shard is known by its folder, and other folders are none', () => {
  expect(shardFolder('orderCount', 3)).toBe('order+count-3')
  expect(shardOf('order+count-3')).toEqual({ table: 'orderCount', partition: 3 })
  expect(shardOf('orders-1-11')).toEqual({ table: 'orders-1', partition: 11 })
  for (const other of ['orders', 'Orders-1', 'orders-01', 'orders-', '-1', '.DS_Store', 'orders-1.bak', '%zz-1']) {
    expect(shardOf(other)).toBeUndefined()
  }
})
