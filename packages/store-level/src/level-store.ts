import type { Store } from '@faust/core'
import { directoryStore } from '@faust/core/directory-store'
import { levelEngine } from './level-engine.ts'
import type { LevelStoreOptions } from './options.ts'
import { readOptions } from './options.ts'

/**
 * Keeps tables on this machine's disk, each shard in a LevelDB of its own: a worker that starts again reads only what
 * its changelogs got since. Throws `FAUST_SETTING_INVALID`; touches nothing before its app starts.
 */
export function levelStore(options: LevelStoreOptions): Store {
  return directoryStore(levelEngine(readOptions(options)))
}
