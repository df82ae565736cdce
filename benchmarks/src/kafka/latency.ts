import { setTimeout as sleep } from 'node:timers/promises'
import type { Transport } from '@faust/core'
import { accounts, order } from './orders.ts'
import { runTrial } from './run-trial.ts'
import type { Trial } from './trial.ts'

/** Records a second, and ms between two batches of them. */
export const RATE = 10_000
const BEAT = 5

/** Ms from the moment a record is sent until its copy is read. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * Sends records at `RATE` while a contender copies them, and reads the copies. The first record is waited for before
 * the others go, and the first second is not counted, so the start of the contender is not what is measured.
 */
export async function measureLatency(transport: Transport, trial: Trial, signal: AbortSignal): Promise<Latency> {
  const { input, output, partitions, records } = trial
  await transport.admin.declareTopics([input, output].map((name) => ({ name, partitions })))
  const reader = transport.reader({ isolation: 'read-committed' })
  await reader.assign(Array.from({ length: partitions }, (_, partition) => ({ topic: output, partition, offset: 0 })))
  const producer = transport.producer()
  await producer.init()
  const keys = accounts(trial.keys, partitions)
  const sentAt = new Float64Array(records)
  const latencies = new Float64Array(records)
  let sent = 0
  let read = 0

  const send = async (until: number): Promise<void> => {
    const byPartition = Array.from({ length: partitions }, () => [] as { key: Uint8Array; value: Uint8Array }[])
    for (; sent < until; sent++) {
      const account = (sent * 7919) % keys.length
      const { key, partition } = keys[account]!
      sentAt[sent] = performance.now()
      byPartition[partition]!.push({ key, value: encoder.encode(JSON.stringify(order(sent, account))) })
    }
    await Promise.all(byPartition.map((batch, partition) => producer.send(input, partition, batch)))
  }
  const readUntil = async (count: number): Promise<void> => {
    while (read < count && !signal.aborted) {
      for (const batch of await reader.poll({ maxWait: 100, maxRecords: RATE })) {
        const now = performance.now()
        for (const { value } of batch.records) {
          const { index } = JSON.parse(decoder.decode(value ?? undefined)) as { index: number }
          latencies[index] = now - sentAt[index]!
          read++
        }
      }
    }
  }
  const drive = async (): Promise<void> => {
    await send(1)
    await readUntil(1)
    const reading = readUntil(records)
    const sends = []
    const begun = performance.now()
    while (sent < records && !signal.aborted) {
      sends.push(send(Math.min(records, 1 + Math.floor(((performance.now() - begun) / 1000) * RATE))))
      await sleep(BEAT)
    }
    await Promise.all([...sends, reading])
  }

  try {
    await Promise.all([runTrial(trial, signal), drive()])
  } finally {
    await Promise.all([producer.close(), reader.close()])
  }
  const counted = latencies.subarray(Math.min(RATE, records >> 1)).toSorted()
  return { p50: percentile(counted, 0.5), p99: percentile(counted, 0.99) }
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}
