import { silentLogger, systemClock } from '@faust/core'
import { metadataApi } from '@faust/kafka'
import type { Connection, Lane, MetadataResponse, SendOptions } from '@faust/kafka'
import { expect, onTestFinished } from 'vitest'
import { connectByKafkajs, readOptions } from '../../src/index.ts'
import type { KafkajsTransportOptions } from '../../src/index.ts'

/** A connection that is closed at the end of the test. */
export async function connect(options: KafkajsTransportOptions): Promise<Connection> {
  const context = { app: 'app', clock: systemClock(), logger: silentLogger }
  const connection = await connectByKafkajs(readOptions(options), context)
  onTestFinished(() => connection.close())
  return connection
}

/** Asks the first address of the settings something small. */
export function ask(connection: Connection, lane: Lane = 'control', options?: SendOptions): Promise<MetadataResponse> {
  return connection.send(-1, lane, metadataApi, { topics: [], autoCreate: false }, options)
}

/** The answer to `ask`, with the header's tags. */
export function metadataAnswer(throttleTime = 0): Uint8Array {
  const brokers = [{ node: 1, host: 'localhost', port: 9092, rack: null }]
  const body = metadataApi.encodeResponse({ throttleTime, brokers, clusterId: 'cluster', controller: 1, topics: [] })
  return Uint8Array.of(0, ...body)
}

/** Until something holds. */
export async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { interval: 5 }).toBe(true)
}
