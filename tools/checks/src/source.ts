import { posix } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import type { ParseResult } from 'oxc-parser'
import { lineAt, type Repository } from './repository.ts'

/** A module that a source file names: in an import, a re-export, an `import()` or an import type. */
export interface ModuleReference {
  readonly specifier: string
  readonly line: number
}

/** TypeScript sources below a workspace's `src`. */
export function isSource(file: string): boolean {
  return /^(?:packages|examples|tools)\/[^/]+\/src\/.+\.ts$|^benchmarks\/src\/.+\.ts$/.test(file)
}

export function parse(file: string, text: string): ParseResult {
  const result = parseSync(file, text)
  const error = result.errors[0]
  if (error !== undefined) throw new Error(`${file}: ${error.message}`)
  return result
}

export function moduleReferences(file: string, text: string): ModuleReference[] {
  const { module, program } = parse(file, text)
  const found: { specifier: string; at: number }[] = []
  for (const { moduleRequest } of module.staticImports) {
    found.push({ specifier: moduleRequest.value, at: moduleRequest.start })
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest } of entries) {
      if (moduleRequest) found.push({ specifier: moduleRequest.value, at: moduleRequest.start })
    }
  }
  new Visitor({
    ImportExpression({ source }) {
      if (source.type === 'Literal' && typeof source.value === 'string') {
        found.push({ specifier: source.value, at: source.start })
      }
    },
    TSImportType({ source }) {
      found.push({ specifier: source.value, at: source.start })
    },
  }).visit(program)
  const unique = new Map(found.map((reference) => [reference.at, reference]))
  return [...unique.values()].map(({ specifier, at }) => ({ specifier, line: lineAt(text, at) }))
}

/** Every module reference of the sources that `select` takes, with relative ones resolved to paths from the root. */
export function* references(
  repository: Repository,
  select: (file: string) => boolean,
): Generator<{ file: string; line: number; specifier: string; target: string | undefined }> {
  for (const file of repository.files) {
    if (!select(file)) continue
    for (const { specifier, line } of moduleReferences(file, repository.read(file))) {
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined
      yield { file, line, specifier, target }
    }
  }
}
