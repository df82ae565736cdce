import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)

test('docs/architecture.md shows every room of core, and no other', () => {
  const page = readFileSync(new URL('docs/architecture.md', root), 'utf8')
  const shown = [...page.matchAll(/^\| `(\w+)\/` \|/gm)].map(([, room = '']) => room)
  const rooms = readdirSync(new URL('packages/core/src', root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(new URL(`packages/core/src/${entry.name}`, root)).length > 0)
    .map(({ name }) => name)
  expect(shown.toSorted()).toEqual(rooms.toSorted())
})
