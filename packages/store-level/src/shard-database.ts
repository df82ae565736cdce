import type { ShardPosition } from '@faust/core'
import { ClassicLevel } from 'classic-level'
import { storeFailed } from './errors.ts'
import type { LevelSettings } from './options.ts'
import { decodePosition, FIRST_GENERATION, GENERATION, otherGenerations, POSITION } from './shard-keys.ts'

/** A LevelDB with bytes as keys and values. */
export type Database = ClassicLevel<Uint8Array, Uint8Array>

/** A shard's database with what it has noted. */
export interface ShardDatabase {
  readonly db: Database
  readonly generation: number
  readonly position: ShardPosition | null
}

/** Opens the database in a folder, making it when missing. Rejects with what to do; `name` is the shard's. */
export async function openDatabase(name: string, path: string, settings: LevelSettings): Promise<ShardDatabase> {
  const { cacheSize, writeBufferSize, compression } = settings
  const bytes = { keyEncoding: 'view', valueEncoding: 'view' }
  const db: Database = new ClassicLevel(path, { ...bytes, cacheSize, writeBufferSize, compression })
  try {
    await db.open()
    const generation = db.getSync(GENERATION)?.[0] ?? FIRST_GENERATION
    const position = db.getSync(POSITION)
    return { db, generation, position: position === undefined ? null : decodePosition(position) }
  } catch (error) {
    await db.close().catch(() => undefined)
    throw storeFailed(`open shard ${name}`, path, error)
  }
}

/** Frees the space of generations that don't count any more: of earlier ones, and of those that a crash left behind. */
export async function dropOtherGenerations({
  db,
  generation,
}: Pick<ShardDatabase, 'db' | 'generation'>): Promise<void> {
  for (const range of otherGenerations(generation)) await db.clear(range)
}
