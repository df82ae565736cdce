import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createEmbeddedLog } from '../../../../src/transport/embedded/log/embedded-log.ts'
import type { EmbeddedLog } from '../../../../src/transport/embedded/log/embedded-log.ts'
import type { EmbeddedLogOptions } from '../../../../src/transport/embedded/log/log-options.ts'
import { SILENT } from './fixture.ts'
import { manualClock } from './manual-clock.ts'

/** A log on files, with a clock of its own. */
export function open(directory: string, options: EmbeddedLogOptions = {}): EmbeddedLog {
  return createEmbeddedLog({ clock: manualClock(), directory, logger: SILENT, ...options })
}

/** The file of partition 0 of the one topic. */
export function partitionFile(directory: string): string {
  const [topic] = readdirSync(join(directory, 'topics'))
  return join(directory, 'topics', topic ?? '', '0.log')
}
