import { defineConfig } from 'vitest/config'

/** Tests import the packages' sources: no build is needed, and a stack trace shows the line that was written. */
const conditions = ['@faust/source', 'module', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'benchmarks/test/**/*.test.ts',
      'tools/*/test/**/*.test.ts',
      'docs/test/**/*.test.ts',
    ],
    passWithNoTests: true,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
