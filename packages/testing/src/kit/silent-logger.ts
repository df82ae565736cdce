import type { Logger } from '@faust/core'

/** A logger that keeps quiet: what an adapter logs is no part of its contract. */
export function silentLogger(): Logger {
  const nothing = (): void => undefined
  const logger: Logger = {
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    fatal: nothing,
    child: () => logger,
  }
  return logger
}
