/** The level of a log line, from noisy to fatal. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** One log method: facts and a message, or a message alone. Keys and values of records are never logged. */
export interface LogMethod {
  (message: string): void
  (facts: Readonly<Record<string, unknown>>, message: string): void
}

/** The part of pino's interface that core and adapters use, so that a pino instance fits as it is. */
export interface Logger {
  trace: LogMethod
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
  fatal: LogMethod
  /** A logger whose every line also carries `bindings`. */
  child(bindings: Readonly<Record<string, unknown>>): Logger
}
