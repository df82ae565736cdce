import type { App, Stream, Transport } from '@faust/core'

/**
 * How many records of these streams the app has not committed yet: 0 means that all of them were processed and that no
 * restart repeats any. Give streams that fill others before those.
 */
export async function lag(
  app: App,
  transport: Transport,
  streams: readonly Stream<unknown, unknown>[],
): Promise<number> {
  const names = streams.map((stream) => stream.definition.name)
  const topics = await transport.admin.describeTopics(names)
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition })),
  )
  // In this order: what was committed of one stream has by then reached the end of the next.
  const committed = await transport.admin.committedOffsets(app.id, partitions, { requireStable: true })
  const ends = await transport.admin.offsets(partitions)
  return ends.reduce((sum, { logStart, logEnd }, index) => sum + logEnd - (committed[index]!.offset ?? logStart), 0)
}
