import type { Gauge } from 'prom-client'

/** What a gauge is about. */
export interface Place {
  readonly app: string
  readonly topic?: string
  readonly table?: string
  readonly partition: number
}

/** The gauges of one kind that each partition here has. They go with their partition: what another worker has is its to show. */
export class PartitionGauges<K extends string> {
  readonly #gauges: Readonly<Record<K, Gauge>>
  readonly #values = new Map<string, { readonly place: Place; readonly values: Partial<Record<K, number>> }>()

  constructor(gauges: Readonly<Record<K, Gauge>>) {
    this.#gauges = gauges
  }

  /** What was set of a partition; `undefined` when it is not here. */
  values(place: Place): Readonly<Partial<Record<K, number>>> | undefined {
    return this.#values.get(keyOf(place))?.values
  }

  set(place: Place, values: Readonly<Partial<Record<K, number>>>): void {
    const key = keyOf(place)
    let kept = this.#values.get(key)
    if (kept === undefined) this.#values.set(key, (kept = { place, values: {} }))
    Object.assign(kept.values, values)
    for (const name of Object.keys(values) as K[]) this.#gauges[name].set({ ...place }, values[name]!)
  }

  remove(place: Place): void {
    const kept = this.#values.get(keyOf(place))
    if (kept === undefined) return
    this.#values.delete(keyOf(place))
    for (const name of Object.keys(kept.values) as K[]) this.#gauges[name].remove({ ...place })
  }

  clear(): void {
    for (const { place } of this.#values.values()) this.remove(place)
  }
}

/** A number in front, so that no name can be mistaken for it. */
function keyOf({ partition, table, topic }: Place): string {
  return `${partition} ${topic ?? table}`
}
