import { startKafka } from '@faust-tools/services'
import { afterAll, beforeAll } from 'vitest'
import { endedForUs } from './support/ended-for-us.ts'

let kafka: Awaited<ReturnType<typeof startKafka>>

beforeAll(async () => {
  kafka = await startKafka({
    // Ten seconds else: every time-out would take as long.
    properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' },
  })
})

afterAll(() => kafka.stop())

endedForUs(() => kafka.brokers)
