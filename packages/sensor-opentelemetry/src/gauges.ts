import type { Attributes, BatchObservableResult, Meter, Observable } from '@opentelemetry/api'
import { APP, DESTINATION, METRICS, PARTITION, STATE, TABLE, TABLE_PARTITION } from './attributes.ts'

interface TopicPart {
  /** The end of the log, when it was last heard of. */
  end?: number
  read?: number
  committed?: number
  /** It is another worker's now. */
  released?: boolean
}

interface TablePart {
  remaining?: number
  standbyLag?: number
}

/**
 * What is as it is at the moment somebody asks. An SDK may go on telling what it was told once, so what is over is told as 0:
 * a partition that went to another worker has no lag here.
 */
export class Gauges {
  tasks: number | undefined
  /** With 1 for the one that the app is in. */
  readonly #states = new Map<string, 0 | 1>()
  readonly #topics = new Map<string, Map<number, TopicPart>>()
  readonly #tables = new Map<string, Map<number, TablePart>>()

  received(topic: string, partition: number, read: number, lag: number): void {
    Object.assign(partOf(this.#topics, topic, partition), { read, end: read + lag, released: false })
  }

  committed(topic: string, partition: number, offset: number): void {
    const part = partOf(this.#topics, topic, partition)
    if (part.released !== true) part.committed = offset
  }

  table(table: string, partition: number): TablePart {
    return partOf(this.#tables, table, partition)
  }

  /** Its offsets are told by another worker now. */
  releaseTopic(topic: string, partition: number): void {
    const parts = this.#topics.get(topic)
    if (parts?.has(partition) === true) parts.set(partition, { released: true })
  }

  releaseTable(table: string, partition: number): void {
    const part = this.#tables.get(table)?.get(partition)
    if (part?.remaining !== undefined) part.remaining = 0
  }

  enter(state: string): void {
    for (const other of this.#states.keys()) this.#states.set(other, 0)
    this.#states.set(state, 1)
  }

  /** Tells them to a meter's readers until the answer is called. */
  observe(meter: Meter, app: string): () => void {
    const gauge = (name: string, unit: string, description: string): Observable =>
      meter.createObservableGauge(name, { unit, description })
    const lag = gauge(METRICS.lag, '{record}', 'Offsets from what was committed to the end of the log, as last heard')
    const readOffset = gauge(METRICS.readOffset, '{record}', 'Offset of the record that is read next')
    const committedOffset = gauge(METRICS.committedOffset, '{record}', 'Offset that was committed')
    const remaining = gauge(
      METRICS.restoreRemaining,
      '{record}',
      'Offsets of its changelog a restore has still to read',
    )
    const standbyLag = gauge(METRICS.standbyLag, '{record}', 'Records that a standby copy is behind')
    const tasks = gauge(METRICS.tasks, '{task}', 'Tasks of this worker')
    const state = gauge(METRICS.state, '1', '1 for the state that the app is in, 0 for those it was in')
    const all = [lag, readOffset, committedOffset, remaining, standbyLag, tasks, state]
    const tell = (result: BatchObservableResult): void => {
      const observe = (one: Observable, value: number | undefined, attributes: Attributes): void => {
        if (value !== undefined) result.observe(one, value, { ...attributes, [APP]: app })
      }
      for (const [topic, partition, part] of eachPart(this.#topics)) {
        const place = { [DESTINATION]: topic, [PARTITION]: String(partition) }
        if (part.released === true) {
          observe(lag, 0, place)
          continue
        }
        const { committed, end, read } = part
        if (end !== undefined) observe(lag, Math.max(0, end - (committed ?? read!)), place)
        observe(readOffset, read, place)
        observe(committedOffset, committed, place)
      }
      for (const [table, partition, part] of eachPart(this.#tables)) {
        const place = { [TABLE]: table, [TABLE_PARTITION]: String(partition) }
        observe(remaining, part.remaining, place)
        observe(standbyLag, part.standbyLag, place)
      }
      observe(tasks, this.tasks, {})
      for (const [name, is] of this.#states) observe(state, is, { [STATE]: name })
    }
    meter.addBatchObservableCallback(tell, all)
    return () => meter.removeBatchObservableCallback(tell, all)
  }
}

function partOf<Part extends object>(parts: Map<string, Map<number, Part>>, name: string, partition: number): Part {
  let own = parts.get(name)
  if (own === undefined) parts.set(name, (own = new Map()))
  let part = own.get(partition)
  if (part === undefined) own.set(partition, (part = {} as Part))
  return part
}

function* eachPart<Part>(parts: Map<string, Map<number, Part>>): Iterable<readonly [string, number, Part]> {
  for (const [name, own] of parts) for (const [partition, part] of own) yield [name, partition, part]
}
