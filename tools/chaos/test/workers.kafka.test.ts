import { kafkajsTransport } from '@faust/transport-kafkajs'
import { inject } from 'vitest'
import { workerCases } from './worker-cases.ts'

workerCases({
  access() {
    const transport = kafkajsTransport({ brokers: inject('kafkaBrokers') })
    // Its sockets close, and it does not leave.
    return { transport, crash: () => transport.close() }
  },
})
