import { inspect } from 'node:util'
import type { Logger, LogMethod } from '@faust/core'

/** A logger of every level, and all that it was ever given, as text: facts, messages, and errors with what hangs on them. */
export function capturedLogger(): { readonly logger: Logger; text(): string } {
  const lines: string[] = []
  const method: LogMethod = (...given: unknown[]) => void lines.push(everythingOf(given))
  const logger: Logger = {
    trace: method,
    debug: method,
    info: method,
    warn: method,
    error: method,
    fatal: method,
    child(bindings) {
      method(bindings, 'child')
      return logger
    },
  }
  return { logger, text: () => lines.join('\n') }
}

/** Whatever a careless logger could print of something. */
export function everythingOf(value: unknown): string {
  return inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity })
}
