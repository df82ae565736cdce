import { started as startedStore } from '@faust-tools/test-support'
import type { Store } from '@faust/core'
import { levelStore } from '../src/index.ts'
import type { LevelStoreOptions } from '../src/index.ts'

export { at, bytes, open, scan, temporary, text } from '@faust-tools/test-support'

/** A started store, closed after the test. */
export function started(options: LevelStoreOptions, also?: Parameters<typeof startedStore>[1]): Promise<Store> {
  return startedStore(levelStore(options), also)
}
