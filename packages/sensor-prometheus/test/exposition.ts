/** One sample of a family. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What stands under one `# TYPE`. */
export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: Sample[]
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|[+-]Inf|[+-]?[\d.]+(?:e[+-]?\d+)?)(?: -?\d+)?$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)/gy
const SUFFIXES: Readonly<Record<string, RegExp>> = { histogram: /_(?:bucket|sum|count)$/ }

/**
 * Reads Prometheus's text format 0.0.4 as its specification has it, and refuses what that forbids: samples outside the group
 * of their family, a family or a sample twice, wrong escapes, counters below zero, histograms that do not add up.
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family>()
  let current = ''
  let help = ''
  for (const line of text.split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line)
    if (comment?.[1] === 'HELP') {
      help = comment[3]!
    } else if (comment?.[1] === 'TYPE') {
      current = comment[2]!
      if (families.has(current)) throw new Error(`${current} comes twice`)
      families.set(current, { type: comment[3]!, help, samples: [] })
    } else if (line !== '' && !line.startsWith('#')) {
      const sample = sampleOf(line)
      const family = families.get(current)
      if (family === undefined || sample.name.replace(SUFFIXES[family.type] ?? /$^/, '') !== current) {
        throw new Error(`${line} stands outside its family`)
      }
      family.samples.push(sample)
    }
  }
  for (const [name, family] of families) check(name, family)
  return families
}

function sampleOf(line: string): Sample {
  const [, name, labelText = '', value] = SAMPLE.exec(line) ?? []
  if (name === undefined) throw new Error(`${line} is no sample`)
  const labels: Record<string, string> = {}
  let end = 0
  for (const [whole, label, escaped] of labelText.matchAll(LABEL)) {
    end += whole.length
    if (Object.hasOwn(labels, label!)) throw new Error(`${line} has ${label} twice`)
    labels[label!] = escaped!.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
  }
  if (end !== labelText.length) throw new Error(`${line} has labels that can't be read`)
  return { name, labels, value: Number(value!.replace('Inf', 'Infinity')) }
}

function check(name: string, { type, samples }: Family): void {
  const seen = new Set<string>()
  for (const sample of samples) {
    const key = keyOf(sample)
    if (seen.has(key)) throw new Error(`${key} comes twice`)
    seen.add(key)
    if (type === 'counter' && !(sample.value >= 0)) throw new Error(`${key} is a counter of ${sample.value}`)
  }
  if (type !== 'histogram') return
  for (const { labels, value } of samples.filter((sample) => sample.name === `${name}_count`)) {
    const buckets = samples.filter(
      (sample) => sample.name === `${name}_bucket` && Object.keys(labels).every((k) => sample.labels[k] === labels[k]),
    )
    const bounds = buckets.map((bucket) => Number(bucket.labels['le']!.replace('Inf', 'Infinity')))
    const rising = buckets.every(
      (bucket, n) => n === 0 || (bounds[n]! > bounds[n - 1]! && bucket.value >= buckets[n - 1]!.value),
    )
    if (!rising || bounds.at(-1) !== Infinity || buckets.at(-1)!.value !== value) {
      throw new Error(`the buckets of ${name} do not add up`)
    }
  }
}

/** The same for the same labels in any order. */
function keyOf({ name, labels }: Sample): string {
  return `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
}
