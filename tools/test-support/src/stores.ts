import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '@faust/core'
import type { LogMethod, Logger, Shard, ShardPosition, Store, StoreRange } from '@faust/core'
import { onTestFinished } from 'vitest'

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (value: Uint8Array): string => new TextDecoder().decode(value)
export const at = (offset: number): ShardPosition => ({ log: 'log', offset, time: 5, note: '' })

/** A directory that is gone after the test. */
export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'faust-store-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The store, started, and closed after the test. */
export async function started(
  store: Store,
  { app = 'app', warn = () => {} }: { app?: string; warn?: LogMethod } = {},
): Promise<Store> {
  onTestFinished(() => store.close())
  await store.start({ app, clock: systemClock(), logger: logger(warn) })
  return store
}

export function open(store: Store, table = 'table', partition = 0): Promise<Shard> {
  return store.open(table, partition, { mode: 'active', epoch: 1 })
}

/** Everything in a range, `key=value`. */
export async function scan(shard: Shard, range?: StoreRange): Promise<string[]> {
  const found: string[] = []
  for await (const items of shard.range(range)) {
    for (const { key, value } of items) found.push(`${text(key)}=${text(value)}`)
  }
  return found
}

function logger(warn: LogMethod): Logger {
  const made: Logger = { ...silentLogger, warn, child: () => made }
  return made
}
