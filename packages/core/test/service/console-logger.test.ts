import { describe, expect, it } from 'vitest'
import { FaustError, consoleLogger, silentLogger } from '../../src/index.ts'
import type { LogLevel, Logger } from '../../src/index.ts'

function capture(level?: LogLevel): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  return { lines, logger: consoleLogger({ level, clock: { now: () => 0 }, write: (line) => lines.push(line) }) }
}

describe('consoleLogger', () => {
  it('writes one readable line: time, level, message, bindings, facts', () => {
    const { logger, lines } = capture()
    logger
      .child({ app: 'hello' })
      .child({ agent: 'count orders' })
      .info({ partition: 3, took: 1.5 }, 'Partition is live')
    expect(lines).toEqual([
      '1970-01-01T00:00:00.000Z INFO  Partition is live app=hello agent="count orders" partition=3 took=1.5\n',
    ])
  })

  it('leaves out what is below its level', () => {
    for (const [level, count] of [
      ['trace', 6],
      ['info', 4],
      ['fatal', 1],
      [undefined, 4],
    ] as const) {
      const { logger, lines } = capture(level)
      for (const name of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) logger[name](name)
      expect(lines).toHaveLength(count)
    }
  })

  it('names an error with its code and causes; from error on comes where the innermost cause happened', () => {
    const { logger, lines } = capture()
    const error = new FaustError('FAUST_CLOSED', 'it is closed', { cause: new TypeError('because') })
    logger.warn({ error }, 'Careful')
    expect(lines[0]).toContain('error="FAUST_CLOSED: it is closed, caused by TypeError: because"\n')
    logger.error({ error }, 'Broken')
    const [, title, frame, ...rest] = lines[1]!.split('\n')
    expect(title).toBe('  TypeError: because')
    expect(frame).toMatch(/^ {4}at /)
    expect(rest.filter((line) => !line.startsWith('    at '))).toEqual([''])
    expect(lines[1]!.endsWith('\n')).toBe(true)
  })

  it('says an error once that the message was taken from', () => {
    const { logger, lines } = capture()
    const error = new FaustError('FAUST_CLOSED', 'it is closed')
    logger.error({ error }, error.message)
    expect(lines[0]!.split('\n')[0]).toMatch(/it is closed code=FAUST_CLOSED$/)
    expect(lines[0]!.match(/it is closed/g)).toHaveLength(1)
  })

  it('survives an error that caused itself', () => {
    const { logger, lines } = capture()
    const error = new Error('round')
    error.cause = error
    logger.warn({ error }, 'x')
    expect(lines).toHaveLength(1)
  })

  it('stays one line whatever it is given, and forges no fact', () => {
    const { logger, lines } = capture()
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    logger.info(
      { a: 'x level=error', b: 'l1\nl2\u2028\u001b[31m', c: circular, d: Uint8Array.of(1, 2), e: 5n, f: { g: 1n } },
      'm\r\nm',
    )
    expect(lines[0]).toBe(
      '1970-01-01T00:00:00.000Z INFO  m\\u000d\\nm a="x level=error" b="l1\\nl2\\u2028\\u001b[31m" ' +
        'c=<cannot be shown> d=<2 bytes> e=5 f={"g":"1n"}\n',
    )
    logger.info({ a: undefined, b: null, c: '', d: 'say "hi"' }, 'm')
    expect(lines[1]).toContain(' m b=null c="" d="say \\"hi\\""\n')
  })

  it('is quiet as silentLogger', () => {
    expect(() => silentLogger.child({ a: 1 }).fatal('nothing')).not.toThrow()
  })
})
