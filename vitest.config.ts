import { defineConfig } from 'vitest/config'
import { SmallFilesFirst } from './tools/services/src/vitest/small-files-first.ts'
import { serviceProjects, serviceTests } from './tools/services/src/vitest/projects.ts'

/** Tests import the packages' sources: no build is needed, and a stack trace shows the line that was written. */
const conditions = ['@faust/source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // By default one core is left to others, which on two cores is half of them.
    maxWorkers: '100%',
    sequence: { sequencer: SmallFilesFirst },
    // For what hangs, not for what is slow: a condition that holds late is one that holds.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{packages/*,examples/*,tools/*,benchmarks,docs}/test/**/*.test.ts'],
          // Plugins to copy stand outside the workspace: docs/test/plugins.test.ts packs, installs and tests them.
          exclude: ['**/node_modules/**', 'examples/plugin-*/**', serviceTests],
        },
      },
      ...serviceProjects,
    ],
  },
})
