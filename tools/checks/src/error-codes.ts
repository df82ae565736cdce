import { Visitor } from 'oxc-parser'
import type { Finding } from './finding.ts'
import { lineAt, type Repository } from './repository.ts'
import { parse } from './source.ts'

const CODES = 'packages/core/src/service/error-codes.ts'
const PAGE = 'docs/errors.md'
const CODE = /^FAUST_[A-Z0-9_]+$/
/** Files in which a contract says what an adapter has to throw: its adapters may all be somebody else's. */
const CONTRACT = /^packages\/core\/src\/(?:transport|store|serializer|sensor)\/[a-z-]+\.ts$/
const PARTS = ['What', 'Why', 'Do'] as const

interface Place {
  readonly file: string
  readonly line: number
}

/** The codes that stand as string literals in a file, each with the place of its first use. */
function literals(file: string, text: string): Map<string, Place> {
  const found = new Map<string, Place>()
  new Visitor({
    Literal({ value, start }) {
      if (typeof value === 'string' && CODE.test(value) && !found.has(value)) {
        found.set(value, { file, line: lineAt(text, start) })
      }
    },
  }).visit(parse(file, text).program)
  return found
}

/** The sections of the page by heading, each with its line and text. */
function sections(text: string): { heading: string; line: number; body: string }[] {
  return [...text.matchAll(/^## (.+)$/gm)].map((match, index, all) => ({
    heading: (match[1] ?? '').trim().replaceAll('`', ''),
    line: lineAt(text, match.index),
    body: text.slice(match.index, all[index + 1]?.index),
  }))
}

/** Codes declared, codes used and codes explained have to be the same ones. */
export function checkErrorCodes(repository: Repository): Finding[] {
  const findings: Finding[] = []
  const used = new Map<string, Place>()
  const thrown = new Set<string>()
  for (const file of repository.files) {
    if (!/^packages\/[^/]+\/src\/.+\.ts$/.test(file) || file === CODES) continue
    const text = repository.read(file)
    if (CONTRACT.test(file)) for (const [, code] of text.matchAll(/`(FAUST_[A-Z0-9_]+)`/g)) thrown.add(code!)
    for (const [code, place] of literals(file, text)) {
      if (!used.has(code)) used.set(code, place)
      // A kit expects codes of others and throws none; the test driver and the simulator throw their own.
      if (!/^packages\/testing\/(?!src\/(?:driver|simulator)\/)/.test(file)) thrown.add(code)
    }
  }
  const declared = repository.files.includes(CODES) ? literals(CODES, repository.read(CODES)) : new Map<string, Place>()
  const page = repository.files.includes(PAGE) ? sections(repository.read(PAGE)) : []
  const explained = new Set<string>()

  for (const { heading, line, body } of page) {
    if (!CODE.test(heading)) continue
    const here = { file: PAGE, line }
    if (explained.has(heading)) {
      findings.push({ ...here, problem: `${heading} is explained twice`, remedy: 'Keep one section.' })
    }
    explained.add(heading)
    if (!declared.has(heading)) {
      findings.push({
        ...here,
        problem: `${heading} is no code of ${CODES}`,
        remedy: 'Declare it, or drop the section.',
      })
    }
    const missing = PARTS.filter((part) => !new RegExp(`^(?:[-*] )?\\*\\*${part}\\b`, 'm').test(body))
    if (missing.length > 0) {
      findings.push({
        ...here,
        problem: `${heading} does not say: ${missing.join(', ')}`,
        remedy: 'A section has three paragraphs that start with **What**, **Why** and **Do**.',
      })
    }
  }
  for (const [code, place] of declared) {
    if (!explained.has(code)) {
      findings.push({ ...place, problem: `${code} is not explained`, remedy: `Add "## ${code}" to ${PAGE}.` })
    }
    if (!thrown.has(code)) {
      findings.push({ ...place, problem: `${code} is never thrown`, remedy: 'Throw it where it belongs, or drop it.' })
    }
  }
  for (const [code, place] of used) {
    if (declared.has(code)) continue
    findings.push({ ...place, problem: `${code} is not declared`, remedy: `Add it to ERROR_CODES in ${CODES}.` })
  }
  return findings
}
