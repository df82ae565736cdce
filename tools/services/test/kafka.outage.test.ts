import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type KafkaCluster, kafkaTool, liveBrokers, startKafka, until } from '../src/index.ts'
import { isRunning } from './running.ts'

const TOPICS = 'org.apache.kafka.tools.TopicCommand'

async function topics(kafka: KafkaCluster): Promise<string[]> {
  const output = await kafkaTool(TOPICS, ['--bootstrap-server', kafka.brokers.join(), '--list'])
  return output.stdout.split('\n').filter((line) => line !== '')
}

/** A broker that is short of time may leave one request without an answer. */
const answering = (address: string): Promise<void> =>
  until(`${address} to answer`, 60_000, async () => String(await liveBrokers(address)) === '0')

describe('one node', () => {
  let kafka: KafkaCluster

  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'num.partitions': '3' } })
  })

  afterAll(() => kafka.stop())

  const address = (): string => kafka.brokers[0] as string

  test('answers, with the properties that were given', async () => {
    expect(kafka.external).toBe(false)
    expect(kafka.node(0).state).toBe('running')
    await answering(address())
    await kafkaTool(TOPICS, ['--bootstrap-server', address(), '--create', '--topic', 'orders'])
    const { stdout } = await kafkaTool(TOPICS, ['--bootstrap-server', address(), '--describe', '--topic', 'orders'])
    expect(stdout).toContain('PartitionCount: 3')
  })

  test('has no node 1', () => {
    expect(() => kafka.node(1)).toThrow('There is no node 1, only 0 to 0.')
  })

  test("Kafka's own tools read input and look into its segments", async () => {
    await kafkaTool(
      'org.apache.kafka.tools.ConsoleProducer',
      ['--bootstrap-server', address(), '--topic', 'orders', '--reader-property', 'parse.key=true'],
      { input: 'k\tv1\nk\tv2\n' },
    )
    const { dataDirectory } = kafka.node(0)
    const segments = (await readdir(dataDirectory))
      .filter((name) => name.startsWith('orders-'))
      .map((name) => join(dataDirectory, name, '00000000000000000000.log'))
    const { stdout } = await kafkaTool('org.apache.kafka.tools.DumpLogSegments', [
      '--print-data-log',
      '--files',
      segments.join(),
    ])
    expect(stdout.match(/payload: \S+/g)).toEqual(['payload: v1', 'payload: v2'])
  })

  test('a tool that fails throws what it said', async () => {
    await expect(kafkaTool(TOPICS, ['--no-such-option'])).rejects.toThrow(/ended with 1\.[^]*no-such-option/)
  })

  test('paused it is silent, resumed it answers again', async () => {
    const node = kafka.node(0)
    await node.pause()
    expect(node.state).toBe('paused')
    expect(await liveBrokers(address())).toEqual([])
    await node.resume()
    expect(node.state).toBe('running')
    await answering(address())
  })

  test('stopped in order or killed, it comes back on the same address with its data', async () => {
    const node = kafka.node(0)
    const first = node.pid
    await node.restart()
    expect(node.pid).not.toBe(first)
    expect(await topics(kafka)).toContain('orders')

    await node.pause()
    await node.kill()
    expect(node.state).toBe('stopped')
    expect(node.pid).toBeUndefined()
    expect(await liveBrokers(address())).toEqual([])
    await expect(node.pause()).rejects.toThrow("Can't pause Kafka node 0: it is down; restart() it first.")
    await node.restart()
    expect(node.state).toBe('running')
    expect(await topics(kafka)).toContain('orders')
  })

  test('a second one lives beside it, and leaves nothing behind', async () => {
    const second = await startKafka()
    const node = second.node(0)
    expect(node.address).not.toBe(address())
    await answering(node.address)
    await kafkaTool(TOPICS, ['--bootstrap-server', node.address, '--create', '--topic', 'elsewhere'])
    expect(await topics(kafka)).not.toContain('elsewhere')

    const pid = node.pid as number
    const directory = dirname(node.dataDirectory)
    expect(await readFile(join(directory, 'server.properties'), 'utf8')).toContain(node.address)
    await second.stop()
    await second.stop()
    expect(isRunning(pid)).toBe(false)
    expect(existsSync(dirname(directory))).toBe(false)
    await answering(address())
    await expect(node.restart()).rejects.toThrow('stopped for good')
  })
})

test('a broker that can not start says why and leaves nothing behind', async () => {
  const failed = startKafka({ properties: { 'log.retention.bytes': 'many' } })
  await expect(failed).rejects.toThrow(/many/)
  const late = await startKafka({ startTimeoutMs: 1 }).catch((error: unknown) => error as Error)
  const directory = /end of (.*)\/node-0|\((.*)\/node-0/.exec((late as Error).message)
  expect((late as Error).message).toContain('Waited 0.001 s in vain for Kafka node 0 to answer on 127.0.0.1:')
  expect(existsSync((directory?.[1] ?? directory?.[2]) as string)).toBe(false)
})
