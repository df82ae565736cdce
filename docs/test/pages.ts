import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

const SKIPPED = new Set(['node_modules', 'dist', 'src', 'test', 'fixtures', 'CHANGELOG.md'])

/** The Markdown pages below a directory that people read, as paths from `root`. */
export function pagesOf(root: string, directory: string = root): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !SKIPPED.has(name))
    .flatMap((entry) => {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) return pagesOf(root, path)
      return entry.name.endsWith('.md') ? [relative(root, path).replaceAll('\\', '/')] : []
    })
    .toSorted()
}
