import { expect, test } from 'vitest'
import type { ItemsReply } from '../src/connection.ts'
import { mergeItems } from '../src/merge-items.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const list = (more: 0 | 1, items: Record<string, string>): ItemsReply => [
  more,
  ...Object.entries(items).flat().map(bytes),
]

function merged(present: ItemsReply, kept: ItemsReply, reverse = false): { items: string[]; next: string | undefined } {
  const { items, next } = mergeItems(present, kept, reverse)
  const text = (value: Uint8Array): string => new TextDecoder().decode(value)
  return { items: items.map(({ key, value }) => `${text(key)}=${text(value)}`), next: next && text(next) }
}

test('without kept values the present ones are it', () => {
  expect(merged(list(0, { a: '1', b: '2' }), list(0, {}))).toEqual({ items: ['a=1', 'b=2'], next: undefined })
  expect(merged(list(1, { a: '1', b: '2' }), list(0, {}))).toEqual({ items: ['a=1', 'b=2'], next: 'b' })
  expect(merged(list(0, {}), list(0, {}))).toEqual({ items: [], next: undefined })
})

test('a kept value stands for the present one, and none for a key that was not there', () => {
  const present = list(0, { a: 'new', b: '2', c: 'new' })
  expect(merged(present, list(0, { a: 'vold', c: '-', d: 'vgone' }))).toEqual({
    items: ['a=old', 'b=2', 'd=gone'],
    next: undefined,
  })
})

test('behind the end of a list that has more nothing is sure', () => {
  expect(merged(list(1, { a: '1', b: '2' }), list(0, { c: 'v3' }))).toEqual({ items: ['a=1', 'b=2'], next: 'b' })
  expect(merged(list(0, { a: '1', c: '3' }), list(1, { b: 'v2' }))).toEqual({ items: ['a=1', 'b=2'], next: 'b' })
  expect(merged(list(1, { a: '1', c: '3' }), list(1, { b: '-' }))).toEqual({ items: ['a=1'], next: 'b' })
})

test('in reverse the order is the other one', () => {
  expect(merged(list(1, { c: '3', a: '1' }), list(1, { d: 'v4', b: 'v2' }), true)).toEqual({
    items: ['d=4', 'c=3', 'b=2'],
    next: 'b',
  })
})
