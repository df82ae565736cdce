import { inspect } from 'node:util'
import type { Logger } from '@faust/core'

/** All that a program, a log or a debugger could show of a value. */
export function shown(value: unknown): string {
  const message = value instanceof Error ? `${value.stack} ${shown(value.cause)}` : ''
  return `${message} ${String(value)} ${JSON.stringify(value)} ${inspect(value, { depth: 20, showHidden: true })}`
}

/** A logger, and all that it was given. */
export function listening(): { readonly lines: readonly unknown[]; readonly logger: Logger } {
  const lines: unknown[] = []
  const note = (...line: unknown[]): void => void lines.push(line)
  const logger: Logger = {
    trace: note,
    debug: note,
    info: note,
    warn: note,
    error: note,
    fatal: note,
    child: () => logger,
  }
  return { lines, logger }
}
