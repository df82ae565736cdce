import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a check sees of the working tree. Tests hand in a few files from memory instead. */
export interface Repository {
  /** Paths from the root, with forward slashes: everything that is committed or would be by `git add`. */
  readonly files: readonly string[]
  read(file: string): string
}

/** The working tree of a clone. Ignored files are left out, deleted ones too. */
export function openRepository(root: string): Repository {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const files = [...new Set(listed.split('\0'))]
    .filter((file) => file !== '' && existsSync(join(root, file)))
    .toSorted()
  return { files, read: (file) => readFileSync(join(root, file), 'utf8') }
}

/** A repository of files held in memory. */
export function memoryRepository(contents: Readonly<Record<string, string>>): Repository {
  return {
    files: Object.keys(contents).toSorted(),
    read(file) {
      const text = contents[file]
      if (text === undefined) throw new Error(`No file ${file} in this repository`)
      return text
    },
  }
}

/** The 1-based line of a character offset. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}
