import type { Clock, IncomingRecord, Reader, ReaderOptions, ReadStart, RecordBatch, TopicPartition } from '@faust/core'
import { equal, fail, ok } from '../kit/check.ts'
import { turn } from '../kit/turn.ts'

/** What is to be read. */
export interface ReadPartitionOptions extends Partial<ReaderOptions> {
  /** Default 0. */
  readonly from?: number | undefined
  readonly maxRecords?: number | undefined
  readonly maxBytes?: number | undefined
}

/** What a reader found between its start and the end that was seen then. */
export interface ReadPartition {
  readonly start: ReadStart
  readonly records: readonly IncomingRecord[]
  readonly batches: readonly RecordBatch[]
}

/** Assigns one partition and reads until the end that `assign` told, holding every batch to the contract. */
export async function readPartition(
  reader: Reader,
  clock: Clock,
  patience: number,
  partition: TopicPartition,
  options: ReadPartitionOptions,
): Promise<ReadPartition> {
  const [start] = await reader.assign([{ ...partition, offset: options.from ?? 0 }])
  ok(start !== undefined, 'assign answers in the order asked')
  const batches: RecordBatch[] = []
  const bound = clock.monotonic() + patience
  let position = start.offset
  while (position < start.end) {
    if (clock.monotonic() > bound) {
      fail(
        'nextOffset >= end is always seen',
        `${patience} ms after the start it is ${position}, and the end is ${start.end}`,
      )
    }
    await turn(clock)
    for (const batch of await reader.poll({
      maxWait: 50,
      maxRecords: options.maxRecords,
      maxBytes: options.maxBytes,
    })) {
      position = checkBatch(batch, partition, position)
      batches.push(batch)
    }
  }
  return { start, batches, records: batches.flatMap((batch) => [...batch.records]) }
}

/** Holds a batch to what every batch promises; answers where reading goes on. */
export function checkBatch(batch: RecordBatch, partition: TopicPartition, position: number): number {
  ok(
    batch.topic === partition.topic && batch.partition === partition.partition,
    'a reader gives batches of the partitions it was assigned',
    `It gave ${batch.topic} ${batch.partition}`,
  )
  ok(batch.nextOffset > position, 'nextOffset always moves forward', `It was ${position} and then ${batch.nextOffset}`)
  let last = position - 1
  let count = 0
  for (const record of batch.records) {
    ok(record.offset > last, 'offsets ascend, from the position on', `${record.offset} came after ${last}`)
    last = record.offset
    equal(batch.records.at(count), record, 'records: `at` gives what going through them gives, at every call')
    count++
  }
  equal(batch.records.length, count, 'records: `length` is how many there are')
  equal(batch.records.at(count), undefined, 'records: behind the last one there is nothing')
  ok(batch.nextOffset > last, 'nextOffset is beyond the last record', `${batch.nextOffset} after a record at ${last}`)
  ok(
    batch.highWatermark >= batch.nextOffset,
    'highWatermark is the log end as the answer saw it, and nobody reads beyond it',
    `It is ${batch.highWatermark}, and reading goes on at ${batch.nextOffset}`,
  )
  return batch.nextOffset
}
