import type { Clock } from './clock.ts'
import { systemClock } from './clock.ts'
import type { LogLevel, LogMethod, Logger } from './logger.ts'
import { counted } from './counted.ts'

/** From noisy to fatal; `silent` is above all of them. */
const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

type Facts = Readonly<Record<string, unknown>>

/** How lines are written. */
export interface ConsoleLoggerOptions {
  /** The lowest level that is written. Default `info`. */
  readonly level?: LogLevel | undefined
  /** Where the times of lines come from. Default the system's clock. */
  readonly clock?: Pick<Clock, 'now'> | undefined
  /** Takes a finished line with its line break. Default: standard error, for every level: a program's output stays its own. */
  readonly write?: ((line: string) => void) | undefined
}

/**
 * The default logger: one line an event for people to read, `2026-01-31T12:00:00.000Z INFO  message key=value …`. After a
 * line of level `error` or `fatal` the stack of the error among its facts follows, indented. For machines hand in pino.
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const { level = 'info', clock = systemClock(), write = (line) => void process.stderr.write(line) } = options
  return makeLogger(LEVELS.indexOf(level), '', (at, bindings, facts, message) => {
    const time = new Date(clock.now()).toISOString()
    write(
      `${time} ${at.toUpperCase().padEnd(5)} ${escaped(message)}${bindings}${format(facts, message)}${stackOf(at, facts)}\n`,
    )
  })
}

/** Writes nothing. */
export const silentLogger: Logger = makeLogger(LEVELS.length, '', () => {})

type Emit = (level: LogLevel, bindings: string, facts: Facts, message: string) => void

function makeLogger(lowest: number, bindings: string, emit: Emit): Logger {
  const method = (level: LogLevel): LogMethod => {
    if (LEVELS.indexOf(level) < lowest) return () => {}
    return (first: Facts | string, message?: string) => {
      if (typeof first === 'string') emit(level, bindings, {}, first)
      else emit(level, bindings, first, message ?? '')
    }
  }
  return {
    trace: method('trace'),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    fatal: method('fatal'),
    child: (more) => makeLogger(lowest, bindings + format(more), emit),
  }
}

/** Facts behind the message; an error that the message is taken from is not said twice, but for its code. */
function format(facts: Facts, message?: string): string {
  let text = ''
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue
    if (value instanceof Error && value.message === message) {
      const { code } = value as { code?: unknown }
      if (typeof code === 'string') text += ` code=${code}`
    } else text += ` ${name}=${formatValue(value)}`
  }
  return text
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (value instanceof Error) return quoted(describeError(value))
  if (ArrayBuffer.isView(value)) return `<${counted(value.byteLength, 'byte')}>`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return escaped(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)))
  } catch {
    return '<cannot be shown>'
  }
}

/** As many causes as a line names. An error may be its own cause. */
const CAUSES = 4

function describeError(error: Error): string {
  let text = ''
  let current: unknown = error
  for (let i = 0; i < CAUSES && current instanceof Error; i++, current = current.cause) {
    text += `${i === 0 ? '' : ', caused by '}${nameOf(current)}`
  }
  return text
}

/** Where the innermost cause happened, most often in the user's code: the errors around it only pass it on. */
function stackOf(level: LogLevel, facts: Facts): string {
  if (level !== 'error' && level !== 'fatal') return ''
  let inner = Object.values(facts).find((value) => value instanceof Error)
  const first = inner
  for (let i = 1; i < CAUSES && inner?.cause instanceof Error; i++) inner = inner.cause
  if (inner === undefined) return ''
  const frames = inner.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  const title = inner === first ? [] : [`  ${nameOf(inner)}`]
  return [...title, ...frames.map((line) => `    ${line.trim()}`)].map((line) => `\n${escaped(line)}`).join('')
}

function nameOf(error: Error): string {
  const { code } = error as { code?: unknown }
  return `${typeof code === 'string' ? code : error.name}: ${error.message}`
}

function quoted(text: string): string {
  return escaped(text === '' || /[\s"=]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text)
}

/** Keeps a line one line, and a terminal as it is, whatever the text holds. */
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
