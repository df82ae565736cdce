import { Kafka, logLevel, Partitioners } from 'kafkajs'
import type { Order } from '../orders.ts'
import type { Tally } from '../tally.ts'
import type { Outcome, Trial } from '../trial.ts'

/** Bare kafkajs as its documentation recommends it for throughput: batches, and a send for each of them. */
export async function runKafkajs(trial: Trial, tally: Tally): Promise<Outcome> {
  const kafka = new Kafka({ brokers: [...trial.brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  const consumer = kafka.consumer({ groupId: trial.group })
  const crashed = new Promise<never>((_, reject) => {
    // Where it says so it starts again by itself: the first group of a fresh broker finds its coordinator loading.
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
  })
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topic: trial.input, fromBeginning: true })
  let sending = 0
  let idle = (): void => {}
  await consumer.run({
    autoCommitInterval: trial.commitInterval,
    partitionsConsumedConcurrently: trial.partitions,
    eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
      tally.begin()
      const orders = batch.messages.map(({ value }) => JSON.parse(value!.toString()) as Order)
      sending++
      for (const order of orders) tally.see(order)
      if (trial.work === 'copy') {
        const messages = orders.map((order, index) => ({
          key: batch.messages[index]!.key,
          value: JSON.stringify(order),
        }))
        await producer.send({ topic: trial.output, messages })
      }
      if (--sending === 0) idle()
      resolveOffset(batch.lastOffset())
      await heartbeat()
    },
  })
  await Promise.race([tally.complete, crashed])
  if (sending > 0) await Promise.race([new Promise<void>((resolve) => (idle = resolve)), crashed])
  const outcome = tally.outcome()
  await consumer.disconnect()
  await producer.disconnect()
  return outcome
}
