import { boundOf, bounded } from './bounded.ts'

/** What registers a test: vitest's, node:test's, mocha's and jest's `test` all fit. */
export type RegisterTest = (name: string, run: () => Promise<void>) => unknown

/** What every kit is given beside its adapter. */
export interface KitOptions {
  /** Registers one test. Its function takes nothing and answers a promise. */
  readonly test: RegisterTest
  /**
   * Cases that this adapter is excused from: the case's name, as the kit's other tests print it without the words
   * before the first colon, and a written reason. A name that no case has is an error.
   */
  readonly skip?: Readonly<Record<string, string>> | undefined
}

/** Cases that belong together; the key of a case is its name. */
export interface CaseGroup<Context> {
  readonly name: string
  /** Capabilities and hooks without which the group is not run; `!name` needs the absence. Default none. */
  readonly needs?: readonly string[] | undefined
  /** How many times the bound its cases may take. Default 1. */
  readonly slow?: number | undefined
  readonly cases: Readonly<Record<string, (context: Context) => Promise<void>>>
}

/** What a kit tells about itself. */
export interface SuiteOptions<Context> extends KitOptions {
  /** The words before every test's name, e.g. `store`. */
  readonly kit: string
  /** Every group there is, so that a skip of a case that was not selected is no mistake. */
  readonly groups: readonly CaseGroup<Context>[]
  /** What the adapter's manifest claims and which hooks were passed: it selects the groups. */
  readonly capabilities: Readonly<Record<string, boolean>>
  /** Which of them are no claims of the adapter's, but help of its owner's without which its cases can't be tried. */
  readonly hooks?: readonly string[] | undefined
  /** Ms after which a case fails by itself. */
  readonly bound: number
  /** Makes the context of one case and takes it down again, whatever the case did. */
  readonly provide: (name: string, run: (context: Context) => Promise<void>) => Promise<void>
}

/** Registers every case of a kit as one test. */
export function registerSuite<Context>(options: SuiteOptions<Context>): void {
  const { kit, groups, skip = {}, hooks = [] } = options
  refuseWrongSkips(
    kit,
    groups.flatMap((group) => Object.keys(group.cases).map((name) => caseName(group, name))),
    skip,
  )
  for (const group of groups) {
    const needs = group.needs ?? []
    if (!isSelected(needs, options.capabilities)) {
      const missing = needs.filter((need) => hooks.includes(need) && options.capabilities[need] !== true)
      const others = needs.filter((need) => !hooks.includes(need))
      // What is claimed and not tried must be seen in every report, too.
      if (missing.length > 0 && isSelected(others, options.capabilities)) {
        options.test(`${kit}: ${group.name} (not proved: pass \`${missing.join('`, `')}\`)`, () => Promise.resolve())
      }
      continue
    }
    for (const [name, run] of Object.entries(group.cases)) {
      const full = caseName(group, name)
      const reason = skip[full]
      if (reason === undefined) {
        options.test(`${kit}: ${full}`, () =>
          bounded(
            () => options.provide(full, run),
            boundOf(options.bound * (group.slow ?? 1)),
            `"${full}" did not end`,
          ),
        )
      } else {
        // A skip must be seen in every report, so it is a test whose name says so.
        options.test(`${kit}: ${full} (skipped: ${reason})`, () => Promise.resolve())
      }
    }
  }
}

function caseName<Context>(group: CaseGroup<Context>, name: string): string {
  return `${group.name}, ${name}`
}

function isSelected(needs: readonly string[], capabilities: Readonly<Record<string, boolean>>): boolean {
  return needs.every((need) =>
    need.startsWith('!') ? capabilities[need.slice(1)] !== true : capabilities[need] === true,
  )
}

function refuseWrongSkips(kit: string, names: readonly string[], skip: Readonly<Record<string, string>>): void {
  const known = new Set(names)
  if (known.size !== names.length) throw new Error(`The ${kit} kit has two cases of one name`)
  for (const [name, reason] of Object.entries(skip)) {
    if (!known.has(name)) {
      const group = name.split(',', 1)[0] ?? ''
      const near = names.filter((other) => other.startsWith(`${group},`))
      const hint = near.length === 0 ? names : near
      throw new Error(`The ${kit} kit has no case "${name}". Its cases are:\n  ${hint.join('\n  ')}`)
    }
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw new Error(`The skip of "${name}" in the ${kit} kit needs a written reason`)
    }
  }
}
