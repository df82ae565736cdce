import { isFaustError, silentLogger } from '@faust/core'
import { logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { clientLogger } from '../src/client-logger.ts'
import { openInside } from '../src/kafkajs-inside.ts'

const config = { brokers: ['localhost:9092'], logLevel: logLevel.NOTHING }

test('the installed kafkajs is the one this was written for', async () => {
  const inside = await openInside(config)
  const connection = await inside.connection({ host: 'localhost', port: 9092, rack: null })
  expect(connection.socket).toBeUndefined()
})

test('another version is refused, by name', async () => {
  const error = await openInside(config, '2.3.0').catch((error: unknown) => error)
  expect(isFaustError(error, 'FAUST_CLIENT_UNSUPPORTED')).toBe(true)
  expect((error as Error).message).toBe(
    "@faust/transport-kafkajs found kafkajs 2.3.0, which it can't use: its version is not 2.2.4. Install kafkajs 2.2.4, or " +
      'remove the override that replaces it.',
  )
})

test('a timer for what waits is armed only when something does', async () => {
  const { requestQueue } = await (await openInside(config)).connection({ host: 'localhost', port: 1, rack: null })
  const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
  const before = timers()
  requestQueue.scheduleCheckPendingRequests()
  expect(timers()).toBe(before)
})

test('what kafkajs says goes to the logger of the app, without requests and answers', () => {
  const lines: unknown[] = []
  const debug = (facts: unknown, message?: string): void => void lines.push([facts, message])
  const log = clientLogger({ ...silentLogger, debug })(logLevel.ERROR)
  log({
    namespace: 'Connection',
    level: logLevel.ERROR,
    label: 'ERROR',
    log: {
      timestamp: '',
      logger: 'kafkajs',
      message: 'Connection error',
      broker: 'a:1',
      payload: 'secret',
      data: 'secret',
    },
  })
  expect(lines).toEqual([[{ client: 'kafkajs', part: 'Connection', broker: 'a:1' }, 'Connection error']])
})
