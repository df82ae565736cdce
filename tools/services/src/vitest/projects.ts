import type { TestProjectInlineConfiguration } from 'vitest/config'

const KINDS = ['kafka', 'redis', 'apicurio', 'outage', 'cluster'] as const
type Kind = (typeof KINDS)[number]

const SOURCES = './tools/services/src/vitest'
const SETUP: Readonly<Record<Kind, string>> = {
  kafka: 'kafka',
  redis: 'redis',
  apicurio: 'apicurio',
  outage: 'own',
  cluster: 'own',
}
/** Files at a time, on however few cores: most of them wait. Three brokers of a cluster have no room for others. */
const WORKERS: Readonly<Record<Kind, number>> = { kafka: 3, redis: 2, apicurio: 2, outage: 3, cluster: 1 }

/** Everything that needs a real server, by file name; the unit project leaves it out. */
export const serviceTests: string = `**/*.{${KINDS.join(',')}}.test.ts`

/**
 * The projects of tests with real servers. A project's setup runs only when one of its files does, so a run of unit
 * tests starts nothing. Inherits what the root configuration says.
 */
export const serviceProjects: TestProjectInlineConfiguration[] = KINDS.map((kind, index) => ({
  extends: true,
  test: {
    name: kind,
    include: [`{packages/*,examples/*,tools/*,benchmarks,docs}/test/**/*.${kind}.test.ts`],
    globalSetup: `${SOURCES}/${SETUP[kind]}.ts`,
    runner: `${SOURCES}/runner.ts`,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    maxWorkers: WORKERS[kind],
    // Kinds one after another.
    sequence: { groupOrder: index + 1 },
  },
}))
