import { silentLogger, systemClock } from '@faust/core'
import { metadataApi } from '@faust/kafka'
import { expect, inject, test } from 'vitest'
import { connectByKafkajs, readOptions } from '../src/index.ts'

test('metadata over kafkajs sockets', async () => {
  const settings = readOptions({ brokers: inject('kafkaBrokers') })
  const connection = await connectByKafkajs(settings, { app: 'app', clock: systemClock(), logger: silentLogger })
  const answer = await connection.send(-1, 'control', metadataApi, { topics: [], autoCreate: false })
  expect(answer.brokers).toHaveLength(1)
  await connection.close()
})
