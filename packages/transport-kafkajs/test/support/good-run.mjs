// A run in which nothing goes wrong: `node good-run.mjs <broker>`. It must end by itself and write nothing to stderr.
import { consoleLogger, systemClock } from '@faust/core'
import { KafkaAdmin, KafkaCluster } from '@faust/kafka'
import { connectByKafkajs, readOptions } from '@faust/transport-kafkajs'

const [broker] = process.argv.slice(2)
const context = { app: 'good-run', clock: systemClock(), logger: consoleLogger() }
const connection = await connectByKafkajs(readOptions({ brokers: [broker] }), context)
const cluster = new KafkaCluster({ connection, ...context })
await cluster.start({ within: 10_000 })
const admin = new KafkaAdmin(cluster)
const name = `good-run-${process.pid}`
await admin.declareTopics([{ name, partitions: 3 }])
cluster.track([name])
const partitions = [0, 1, 2].map((partition) => ({ topic: name, partition }))
for (let i = 0; i < 50; i++) await Promise.all([admin.offsets(partitions), admin.describeTopics([name])])
await admin.committedOffsets(name, partitions, { requireStable: true })
await admin.deleteTopics([name])
await cluster.close()
console.log(JSON.stringify(process.getActiveResourcesInfo().filter((each) => each === 'Timeout')))
