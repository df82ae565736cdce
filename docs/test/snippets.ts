/** What the word after `ts` on the first line of a code block asks for. */
export const MODES = ['check', 'run', 'interrupt', 'excerpt'] as const

/**
 * - `check`: the block compiles by itself.
 * - `run`: it also runs and ends by itself with exit code 0.
 * - `interrupt`: it runs until Ctrl-C, and ends with exit code 0 on that.
 * - `excerpt`: a part of something, which nobody can compile alone.
 */
export type Mode = (typeof MODES)[number]

/** A TypeScript code block of a page. */
export interface Snippet {
  /** The page, from the root of the repository. */
  readonly page: string
  /** The line of the page on which the code starts. */
  readonly line: number
  /** Undefined when the block does not say. */
  readonly mode: Mode | undefined
  readonly code: string
  /** What the program prints, when a `text output` block follows at once. */
  readonly output: string | undefined
}

interface Fence {
  readonly info: string
  readonly line: number
  readonly end: number
  readonly text: string
}

function fences(markdown: string): Fence[] {
  const found: Fence[] = []
  const lines = markdown.split('\n')
  let open: { mark: string; indent: number; info: string; line: number } | undefined
  for (const [at, text] of lines.entries()) {
    const [, space = '', mark, info = ''] = /^( *)(`{3,}|~{3,})(.*)$/.exec(text) ?? []
    if (open === undefined) {
      if (mark !== undefined) open = { mark, indent: space.length, info: info.trim(), line: at + 2 }
    } else if (mark?.startsWith(open.mark) && info.trim() === '') {
      const { indent, line } = open
      const body = lines.slice(line - 1, at).map((row) => row.slice(Math.min(indent, row.search(/\S|$/))))
      found.push({ info: open.info, line, end: at + 1, text: `${body.join('\n')}\n` })
      open = undefined
    }
  }
  return found
}

/** The TypeScript blocks of a Markdown page. */
export function snippetsOf(page: string, markdown: string): Snippet[] {
  const lines = markdown.split('\n')
  const all = fences(markdown)
  return all.flatMap(({ info, line, end, text }, index) => {
    const [language, ...words] = info.split(/\s+/)
    if (language !== 'ts' && language !== 'typescript') return []
    const next = all[index + 1]
    const follows =
      next?.info === 'text output' && lines.slice(end, next.line - 2).every((between) => between.trim() === '')
    return [
      {
        page,
        line,
        mode: MODES.find((mode) => words.includes(mode)),
        code: text,
        output: follows ? next.text : undefined,
      },
    ]
  })
}
