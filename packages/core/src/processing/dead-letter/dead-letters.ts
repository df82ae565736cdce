import { encodeUtf8, decodeUtf8 } from '../../serializer/utf8.ts'
import { checkOptions } from '../../service/check-options.ts'
import { FaustError } from '../../service/errors.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import { type DeadLetter, decodeDeadLetter } from '../../topic/dead-letter.ts'
import type { Producer } from '../../transport/producer.ts'
import type { TopicPartitionOffset } from '../../transport/record.ts'
import type { Runtime } from '../runtime.ts'
import type { Worker } from '../worker.ts'
import type { LetterTopics } from './letter-topics.ts'
import { readAll } from './read-all.ts'

/** A dead letter where it stands. */
export interface KeptLetter extends DeadLetter {
  /** The place of the letter itself. */
  readonly place: TopicPartitionOffset
  /** It was sent back already: a replay leaves it out unless it is asked for `again`. */
  readonly replayed: boolean
}

/** Which dead letters. */
export interface DeadLetterOptions {
  /** Those of one agent. Default: of all. */
  readonly agent?: string | undefined
}

/** Which dead letters are sent back. */
export interface ReplayOptions extends DeadLetterOptions {
  /** Chooses among those that can be. Default: all. */
  readonly where?: ((letter: KeptLetter) => MaybePromise<boolean>) | undefined
  /** Also those that were sent back before, which are then processed once more. Default false. */
  readonly again?: boolean | undefined
}

/** Letters that one transaction sends back. */
const BATCH = 500

/** The dead letters that are kept now, partition by partition in their order. */
export async function* deadLetters(runtime: Runtime, options: DeadLetterOptions = {}): AsyncGenerator<KeptLetter> {
  checkOptions('deadLetters', options, ['agent'])
  const worker = runtime.workerOutside('Dead letters')
  const wanted = agentsOf(worker, options.agent)
  yield* kept(worker, wanted, await replayedMarks(worker, wanted))
}

/**
 * Sends dead letters back to their agents, each as the record it was, and marks them in the same transaction: so none is
 * sent twice unless `again` asks for it. Answers how many. One replay at a time: a second one ends the first, which rejects with
 * `FAUST_PRODUCER_FENCED`; what the first has sent stays sent.
 */
export async function replayDeadLetters(runtime: Runtime, options: ReplayOptions = {}): Promise<number> {
  checkOptions('replayDeadLetters', options, ['agent', 'where', 'again'])
  const { again = false, where = () => true } = options
  const worker = runtime.workerOutside('A replay of dead letters')
  const wanted = agentsOf(worker, options.agent)
  const { settings, transport } = worker.parts
  const producer = transport.producer({ transactionalId: `${settings.name}-replay` })
  let sent = 0
  try {
    // From here on an earlier replay can't commit any more, and whatever it has committed is among the marks.
    await producer.init()
    const marks = await replayedMarks(worker, wanted)
    let batch: KeptLetter[] = []
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await sendBack(worker, producer, wanted, batch)
      sent += batch.length
      batch = []
    }
    for await (const letter of kept(worker, wanted, marks)) {
      if ((letter.replayed && !again) || letter.body !== 'kept' || !(await where(letter))) continue
      batch.push(letter)
      if (batch.length >= BATCH) await flush()
    }
    await flush()
    return sent
  } finally {
    await producer.close()
  }
}

type Wanted = ReadonlyMap<string, LetterTopics>

function agentsOf(worker: Worker, agent: string | undefined): Wanted {
  const { letters } = worker.parts
  if (agent === undefined) return letters
  const topics = letters.get(agent)
  if (topics !== undefined) return new Map([[agent, topics]])
  const known =
    letters.size === 0 ? 'No agent of the app has any' : `Those that have are ${[...letters.keys()].join(', ')}`
  throw new FaustError(
    'FAUST_SETTING_INVALID',
    `There are no dead letters of an agent ${agent}. ${known}: { failures: { otherwise: 'deadLetter' } }.`,
    { details: { agent } },
  )
}

async function* kept(worker: Worker, wanted: Wanted, marks: ReadonlySet<string>): AsyncGenerator<KeptLetter> {
  for (const topic of new Set([...wanted.values()].map((topics) => topics.deadLetters))) {
    const { partitions } = worker.parts.topology.topics.get(topic)!
    for await (const { partition, records } of readAll(worker.parts, topic, partitions)) {
      for (const record of records) {
        const letter = decodeDeadLetter(record)
        if (letter === undefined || !wanted.has(letter.agent) || !isOwn(worker, letter)) continue
        const place = { topic, partition, offset: record.offset }
        yield { ...letter, place, replayed: marks.has(markOf(worker, place)) }
      }
    }
  }
}

/** Apps may share a topic of letters and have agents of one name. A letter that tells no app may be anybody's. */
function isOwn({ parts }: Worker, { app }: DeadLetter): boolean {
  return app === undefined || app === parts.settings.name
}

async function sendBack(
  worker: Worker,
  producer: Producer,
  wanted: Wanted,
  letters: readonly KeptLetter[],
): Promise<void> {
  const { clock, topology } = worker.parts
  producer.beginTransaction()
  const sends = letters.flatMap(({ agent, headers, key, place, source, timestamp, value }) => {
    const { replay, replayed } = wanted.get(agent)!
    // What a letter doesn't tell keeps none from being replayed, nor those behind it.
    const partition = Math.max(source.partition, 0) % topology.topics.get(replay)!.partitions
    const mark = { key: encodeUtf8(markOf(worker, place)), value: encodeUtf8(String(clock.now())) }
    return [
      producer.send(replay, partition, [{ key, value, headers, timestamp: timestamp < 0 ? undefined : timestamp }]),
      producer.send(replayed, 0, [mark]),
    ]
  })
  const settled = await Promise.allSettled(sends)
  for (const one of settled) if (one.status === 'rejected') throw one.reason
  await producer.commitTransaction()
}

async function replayedMarks(worker: Worker, wanted: Wanted): Promise<ReadonlySet<string>> {
  const marks = new Set<string>()
  const [first] = wanted.values()
  if (first === undefined) return marks
  for await (const { records } of readAll(worker.parts, first.replayed, 1)) {
    for (const { key } of records) marks.add((key && decodeUtf8(key)) ?? '')
  }
  return marks
}

/** Names a letter. The id tells a topic that was deleted and made again from the one before. */
function markOf(worker: Worker, { topic, partition, offset }: TopicPartitionOffset): string {
  return `${topic}/${worker.parts.topology.topics.get(topic)!.id}/${partition}/${offset}`
}
