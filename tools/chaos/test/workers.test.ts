import { createEmbeddedLog, embeddedTransport } from '@faust/core'
import { workerCases } from './worker-cases.ts'

const log = createEmbeddedLog({})

workerCases({
  access() {
    const transport = embeddedTransport({ log })
    return { transport, crash: async () => transport.kill() }
  },
})
