import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { pagesOf } from './pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A heading's anchor, as GitHub and VitePress make it. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
}

function anchors(file: string): Set<string> {
  const text = readFileSync(file, 'utf8').replaceAll(/^```.*?^```/gms, '')
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading)))
}

function dead(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^( *)```.*?^\1```/gms, (block) =>
    block.replaceAll(/[^\n]/g, ''),
  )
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(({ 1: target = '', index }) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = '', fragment] = target.split('#')
    const file = path === '' ? join(root, page) : join(root, dirname(page), path)
    const alive = existsSync(file) && (fragment === undefined || anchors(file).has(fragment))
    return alive ? [] : [`${page}:${text.slice(0, index).split('\n').length} ${target}`]
  })
}

test('links between pages lead somewhere', () => {
  expect(pagesOf(root).flatMap(dead)).toEqual([])
})
