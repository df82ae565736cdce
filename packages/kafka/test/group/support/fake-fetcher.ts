import type { FaustError, RecordBatch, TopicPartition } from '@faust/core'
import { partitionKey } from '@faust/core'
import type { Fetcher } from '../../../src/fetcher/fetcher.ts'

/** Notes what it is told and reads nothing. */
export class FakeFetcher implements Omit<Fetcher, 'assign'> {
  readonly calls: string[] = []
  readonly here = new Map<string, TopicPartition>()
  failure: FaustError | null = null
  closed = 0

  add(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.here.set(partitionKey(place.topic, place.partition), place)
  }

  unassign(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) this.here.delete(partitionKey(place.topic, place.partition))
  }

  partitions(): readonly TopicPartition[] {
    return [...this.here.values()]
  }

  seek({ topic, partition }: TopicPartition, offset: number): void {
    this.calls.push(`seek ${partitionKey(topic, partition)} ${offset}`)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.calls.push(`pause ${partitions.length}`)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.calls.push(`resume ${partitions.length}`)
  }

  poll(): Promise<readonly RecordBatch[]> {
    return this.failure === null ? Promise.resolve([]) : Promise.reject(this.failure)
  }

  fail(error: FaustError): void {
    this.failure ??= error
  }

  close(): Promise<void> {
    this.closed++
    return Promise.resolve()
  }
}
