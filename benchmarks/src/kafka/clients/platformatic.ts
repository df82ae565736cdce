import { Consumer, ProduceAcks, Producer } from '@platformatic/kafka'
import type { Order } from '../orders.ts'
import type { Tally } from '../tally.ts'
import type { Outcome, Trial } from '../trial.ts'

/** Records of one send. */
const BATCH = 1000

/** Bare @platformatic/kafka: its stream of messages, and sends of a thousand. */
export async function runPlatformatic(trial: Trial, tally: Tally): Promise<Outcome> {
  const base = { clientId: trial.group, bootstrapBrokers: [...trial.brokers] }
  const producer = new Producer<Buffer, string, string, string>({
    ...base,
    acks: ProduceAcks.ALL,
    serializers: { key: (key) => key, value: (value) => Buffer.from(value!) },
  })
  const consumer = new Consumer<Buffer, Order>({
    ...base,
    groupId: trial.group,
    deserializers: { value: (bytes) => JSON.parse(bytes!.toString()) as Order },
  })
  const stream = await consumer.consume({
    topics: [trial.input],
    mode: 'earliest',
    autocommit: trial.commitInterval,
  })
  if (trial.work === 'consume') {
    const failed = new Promise<never>((_, reject) => stream.on('error', reject))
    stream.on('data', ({ value }) => tally.see(value))
    await Promise.race([tally.complete, failed])
  } else {
    let messages = []
    let left = trial.records
    for await (const { key, value } of stream) {
      tally.see(value)
      messages.push({ topic: trial.output, key, value: JSON.stringify(value) })
      if (--left > 0 && messages.length < BATCH) continue
      await producer.send({ messages })
      messages = []
      if (left === 0) break
    }
  }
  const outcome = tally.outcome()
  await consumer.close(true)
  await producer.close(true)
  return outcome
}
