import { describe, expect, test } from 'vitest'
import { adapterOf, type AdapterPackage, adapterPackages, fileOf, membersOf } from './adapters.ts'
import { snippetsOf } from './snippets.ts'

/** The level-two sections of a page, by heading; what stands in front of the first one is ''. */
function sections(page: string): ReadonlyMap<string, string> {
  const [head = '', ...rest] = page.split(/^## /m)
  return new Map([
    ['', head],
    ...rest.map((section): [string, string] => {
      const [title = ''] = section.split('\n', 1)
      return [title, section.slice(title.length)]
    }),
  ])
}

/** The rows of tables whose first cell names code: the names and the cell behind them. */
function rows(section: string): (readonly [name: string, value: string])[] {
  return [...section.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|([^|]*)\|(?!.*\n\|---)/gm)].flatMap(
    ([, names = '', value = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, value.trim()] as const),
  )
}

/** The options that a package's factories take: the members of every exported `…Options`. */
function options({ folder }: AdapterPackage): string[] {
  const index = fileOf(folder, 'src/index.ts')
  const exported = [...index.matchAll(/export type \{([^}]*)\} from '\.\/([^']+)'/g)].flatMap(([, names = '', file]) =>
    [...names.matchAll(/\w+Options\b/g)].map(([name]) => membersOf(fileOf(folder, `src/${file}`), name)),
  )
  // Of core, and so not exported again.
  const [, main = ''] = /export \{ \w+ \} from '\.\/([^']+)'/.exec(index) ?? []
  if (fileOf(folder, `src/${main}`).includes('ValidateOptions')) {
    exported.push(membersOf(fileOf('core', 'src/serializer/validated.ts'), 'ValidateOptions'))
  }
  return [...new Set(exported.flat().map(({ name }) => name))]
}

describe.each(adapterPackages.map((adapter) => [adapter.folder, adapter] as const))(
  'README of %s',
  (folder, adapter) => {
    const page = fileOf(folder, 'README.md')
    const found = sections(page)
    const section = (title: string): string => found.get(title) ?? ''

    test('says what it is, how to install it, and shows a whole program', () => {
      expect(page).toMatch(new RegExp(`^# @faust/${folder}\n\n\\S`))
      expect(section('')).toMatch(new RegExp(`^npm install @faust/core @faust/${folder}( |$)`, 'm'))
      const [program] = snippetsOf(folder, section(''))
      expect(program?.mode).toMatch(/^(run|interrupt|check)$/)
      expect(program?.code).toContain(`from '@faust/${folder}'`)
    })

    test('has every option of the code with its default, and no other', () => {
      const stated = rows(section('Options'))
      expect(stated.map(([name]) => name).toSorted()).toEqual(options(adapter).toSorted())
      expect(stated.filter(([, value]) => value === '').map(([name]) => name)).toEqual([])
    })

    test('shows its manifest', async () => {
      const { contract, supports = {} } = await adapterOf(adapter)
      const claimed = Object.entries(supports).map(([name, value]) => [name, `\`${String(value)}\``])
      expect(Object.fromEntries(rows(section('Manifest')))).toEqual(Object.fromEntries(claimed))
      expect(section('Manifest')).toContain(`version ${contract} of the ${adapter.role} contract`)
    })

    test('says what it guarantees and where its limits are', () => {
      expect(section('Guarantees and limits').length).toBeGreaterThan(200)
    })
  },
)
