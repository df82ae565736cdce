import { expect, onTestFinished, test } from 'vitest'
import {
  kafkaTool,
  liveBrokers,
  OLDER_KAFKA_VERSION as version,
  startKafka,
  UnavailableError,
  until,
} from '../src/index.ts'

test('an older broker by the same means, with its own tools', async () => {
  const kafka = await startKafka({ version })
  onTestFinished(() => kafka.stop())
  const address = kafka.brokers[0] as string
  expect(kafka.version).toBe(version)
  await until('the broker to answer', 60_000, async () => (await liveBrokers(address)).includes(0))

  const { stdout } = await kafkaTool('org.apache.kafka.tools.TopicCommand', ['--version'], { version })
  expect(stdout).toContain(version)
  await kafkaTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', address, '--create', '--topic', 'a'], {
    version,
  })
  await kafka.node(0).restart()
  const topics = await kafkaTool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', address, '--list'], {
    version,
  })
  expect(topics.stdout).toBe('a\n')
})

test('a version that Maven Central does not have is said to be the reason', async () => {
  const failed = startKafka({ version: '4.99.0' })
  await expect(failed).rejects.toThrow(UnavailableError)
  await expect(failed).rejects.toThrow(/Maven could not fetch the servers[^]*kafka_2\.13:jar:4\.99\.0/)
})
