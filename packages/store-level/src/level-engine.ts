import { codeOf } from '@faust/core/directory-store'
import type { StoreEngine } from '@faust/core/directory-store'
import { ClassicLevel } from 'classic-level'
import { openDatabase } from './level-database.ts'
import type { LevelSettings } from './options.ts'

/** LevelDB as an engine of core's store on disk. */
export function levelEngine(settings: LevelSettings): StoreEngine {
  return {
    name: 'store-level',
    factory: 'levelStore',
    directory: settings.directory,
    async lock(path) {
      const db = new ClassicLevel(path)
      try {
        await db.open()
        return db
      } catch (error) {
        await db.close().catch(() => undefined)
        throw error
      }
    },
    open: (path) => openDatabase(path, settings),
    isLocked: (error) => hasCode(error, 'LEVEL_LOCKED'),
    isDamaged: (error) => hasCode(error, 'LEVEL_CORRUPTION'),
  }
}

/** classic-level wraps the error of LevelDB that says why. */
function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code || (error instanceof Error && codeOf(error.cause) === code)
}
