import { inject, test, TestRunner } from 'vitest'
import './provided.ts'

/** Vitest's runner, but for files whose servers can't be had: they are not even read, and say why. */
// oxlint-disable-next-line import/no-default-export -- vitest takes a runner in no other way
export default class ServicesRunner extends TestRunner {
  override importFile(...[file, source]: Parameters<TestRunner['importFile']>): unknown {
    const missing = inject('servicesMissing')
    if (source !== 'collect' || missing === undefined) return super.importFile(file, source)
    // oxlint-disable-next-line vitest/no-disabled-tests -- stands for the whole file; its name is the written reason
    test.skip(missing, () => {})
    return undefined
  }
}
