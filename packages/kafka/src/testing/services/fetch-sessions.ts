import { partitionKey } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import type { FetchedPartition, FetchPartition, FetchRequest } from '../../requests/fetch.ts'

const UNKNOWN_SESSION = 70
const WRONG_EPOCH = 71

/** After it comes 1. */
const LAST_EPOCH = 2 ** 31 - 1

/** A partition of a session, with what its client was told last. */
interface Held {
  readonly asked: FetchPartition
  highWatermark: number
  logStart: number
}

/** What a client wants of one node, remembered between its requests (KIP-227). */
interface Session {
  readonly id: number
  epoch: number
  /** In the order in which they are served. */
  readonly held: Map<string, Held>
}

/** A Fetch request with what its session adds. */
export interface Asked {
  /** 0, or why the session can't be used. */
  readonly error: number
  readonly sessionId: number
  readonly partitions: readonly FetchPartition[]
  /** Of what was read, what is told. Called once, with everything that was asked for. */
  told(read: readonly FetchedPartition[]): readonly FetchedPartition[]
}

/** The Fetch sessions of one node. */
export class FetchSessions {
  readonly #slots: number
  readonly #sessions = new Map<number, Session>()
  #lastId = 0

  /** `slots`: for how many sessions it has room; who gets none has to say everything every time. */
  constructor(slots: number) {
    this.#slots = slots
  }

  /** Forgets all, as a restart does. */
  clear(): void {
    this.#sessions.clear()
  }

  open(request: FetchRequest): Asked {
    const { sessionId, sessionEpoch, partitions } = request
    if (sessionEpoch <= 0) {
      this.#sessions.delete(sessionId)
      const session = sessionEpoch === 0 && this.#sessions.size < this.#slots ? this.#begin(partitions) : undefined
      return { error: 0, sessionId: session?.id ?? 0, partitions, told: (read) => tellAll(session, read) }
    }
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return unusable(UNKNOWN_SESSION)
    if (session.epoch !== sessionEpoch) return unusable(WRONG_EPOCH)
    session.epoch = nextEpoch(sessionEpoch)
    for (const each of partitions) hold(session, each)
    for (const each of request.forgotten) session.held.delete(keyOf(each))
    const asked = Array.from(session.held.values(), (held) => held.asked)
    return { error: 0, sessionId, partitions: asked, told: (read) => tellNews(session, read) }
  }

  #begin(partitions: readonly FetchPartition[]): Session {
    const session: Session = { id: ++this.#lastId, epoch: 1, held: new Map() }
    for (const each of partitions) hold(session, each)
    this.#sessions.set(session.id, session)
    return session
  }
}

function unusable(error: number): Asked {
  return { error, sessionId: 0, partitions: [], told: () => [] }
}

/** A partition that is in already keeps its place and what was told of it. */
function hold({ held }: Session, asked: FetchPartition): void {
  const known = held.get(keyOf(asked))
  held.set(keyOf(asked), { highWatermark: -1, logStart: -1, ...known, asked })
}

function tellAll(session: Session | undefined, read: readonly FetchedPartition[]): readonly FetchedPartition[] {
  for (const each of read) note(session?.held.get(keyOf(each)), each)
  return read
}

/** Partitions with records, an error, or other ends than were told. Those with records go behind the others. */
function tellNews({ held }: Session, read: readonly FetchedPartition[]): readonly FetchedPartition[] {
  return read.filter((each) => {
    const key = keyOf(each)
    const known = held.get(key)
    if (known === undefined) return false
    const hasRecords = (each.records?.length ?? 0) > 0
    const isNew = known.highWatermark !== each.highWatermark || known.logStart !== each.logStart
    note(known, each)
    if (hasRecords) {
      held.delete(key)
      held.set(key, known)
    }
    return hasRecords || isNew || each.error !== 0
  })
}

/** After an error the ends count as untold. */
function note(held: Held | undefined, { error, highWatermark, logStart }: FetchedPartition): void {
  if (held === undefined) return
  held.highWatermark = error === 0 ? highWatermark : -1
  held.logStart = logStart
}

function nextEpoch(epoch: number): number {
  return epoch === LAST_EPOCH ? 1 : epoch + 1
}

function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}
