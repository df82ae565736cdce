import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const page = read('docs/settings.md')
const app = read('packages/core/src/app/settings.ts')

/** The rows of the table below a heading: option and default. */
function rows(heading: string): ReadonlyMap<string, string> {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const [own = ''] = section.split('\n## ')
  return new Map([...own.matchAll(/^\| `(\w+)` \| (.+?) \|/gm)].map(([, name = '', given = '']) => [name, given]))
}

/** The members of an interface. */
function members(source: string, name: string): readonly string[] {
  const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(source) ?? []
  return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member)
}

/** `16 * 2 ** 20` and `30_000` as they stand in the code. */
function evaluate(expression: string): number {
  const power = (factor: string): number => {
    const [base = NaN, exponent = 1] = factor.split(' ** ').map((one) => Number(one.replaceAll('_', '')))
    return base ** exponent
  }
  return expression.split(' * ').reduce((product, factor) => product * power(factor), 1)
}

/** `1,000 ms`, `16 MiB` and `16,384` as they stand on the page. */
function stated(text: string): number {
  const [, digits = '', unit = ''] = /^([\d,]+)(?: (ms|MiB))?$/.exec(text) ?? []
  return Number(digits.replaceAll(',', '')) * (unit === 'MiB' ? 2 ** 20 : 1)
}

const interfaces: readonly (readonly [heading: string, file: string, name: string])[] = [
  ['createApp', 'app/settings.ts', 'AppOptions'],
  ['app.stop', 'app/settings.ts', 'StopOptions'],
  ['app.topic', 'app/options.ts', 'TopicOptions'],
  ['app.table', 'app/options.ts', 'TableOptions'],
  ['Windows', 'table/windows/window-options.ts', 'WindowOptions'],
  ['app.globalTable', 'app/options.ts', 'GlobalTableOptions'],
  ['app.agent', 'app/options.ts', 'AgentOptions'],
  ['failures', 'app/failure-options.ts', 'FailureOptions'],
  ['groupBy', 'stream/stream.ts', 'GroupByOptions'],
  ['take', 'stream/running-stream.ts', 'TakeOptions'],
  ['app.cron', 'app/options.ts', 'CronOptions'],
  ['app.channel', 'topic/channel.ts', 'ChannelOptions'],
  ['The embedded transport', 'transport/embedded/embedded-transport.ts', 'EmbeddedTransportOptions'],
]

describe('docs/settings.md', () => {
  test.each(interfaces)('%s has every option of the code, and no other', (heading, file, name) => {
    const declared = members(read(`packages/core/src/${file}`), name)
    expect(declared.length).toBeGreaterThan(0)
    expect([...rows(heading).keys()].toSorted()).toEqual([...declared].toSorted())
  })

  test('numbers have the defaults of the code', () => {
    const [, body = ''] = /const NUMBERS = \{(.*?)\n\}/s.exec(app) ?? []
    const defaults = [...body.matchAll(/^ {2}(\w+): \[(.+), \d+\],$/gm)].map(
      ([, name = '', value = '']) => [name, evaluate(value)] as const,
    )
    expect(defaults.length).toBeGreaterThan(0)
    const given = rows('createApp')
    expect(defaults.map(([name]) => [name, stated(given.get(name) ?? '')])).toEqual(defaults)
  })
})
