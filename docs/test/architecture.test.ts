import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/architecture.md', root), 'utf8')

function shown(row: RegExp): readonly string[] {
  return [...page.matchAll(row)].map(([, folder = '']) => folder).toSorted()
}

function folders(parent: string): readonly string[] {
  return readdirSync(new URL(parent, root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(new URL(`${parent}/${entry.name}`, root)).length > 0)
    .map(({ name }) => name)
    .toSorted()
}

test('docs/architecture.md shows every room of core, and no other', () => {
  expect(shown(/^\| `(\w+)\/` +\|/gm)).toEqual(folders('packages/core/src'))
})

test('docs/architecture.md shows every part of processing, and no other', () => {
  expect(shown(/^\| `processing\/([\w-]+)\/` +\|/gm)).toEqual(folders('packages/core/src/processing'))
})

test("docs/architecture.md shows every folder of Kafka's data plane, and no other", () => {
  expect(shown(/^\| `kafka\/([\w-]+)\/` +\|/gm)).toEqual(folders('packages/kafka/src'))
})
