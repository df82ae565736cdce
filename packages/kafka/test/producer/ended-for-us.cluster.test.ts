import { startKafka } from '@faust-tools/services'
import { afterAll, beforeAll } from 'vitest'
import { endedForUs } from './support/ended-for-us.ts'

let kafka: Awaited<ReturnType<typeof startKafka>>

// The coordinator of Kafka before 4.0 refuses a producer whose transaction has timed out as it does a fenced one.
beforeAll(async () => {
  kafka = await startKafka({
    version: '3.9.2',
    properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' },
  })
})

afterAll(() => kafka.stop())

endedForUs(() => kafka.brokers)
