import type { ManualClock } from './manual-clock.ts'

type State = 'empty' | 'ongoing' | 'prepare-commit' | 'prepare-abort' | 'complete-commit' | 'complete-abort'

interface Metadata {
  producerId: bigint
  epoch: number
  lastEpoch: number
  state: State
  timeout: number
  begun: number
  readonly partitions: Set<string>
  readonly groups: Set<string>
}

/** What the coordinator does to partitions and groups when a transaction ends. */
export interface Effects {
  mark(partition: string, producerId: bigint, epoch: number, marker: 'commit' | 'abort'): void
  settle(group: string, producerId: bigint, epoch: number, marker: 'commit' | 'abort'): void
}

export interface CoordinatorOptions {
  readonly clock: ManualClock
  readonly effects: Effects
  /** How a transaction that is ended for its producer leaves the epochs: `old` up to Kafka 3.9, `new` from 4.1. */
  readonly kind: 'old' | 'new'
  /** Ms until markers are written. */
  readonly markers: number
}

interface InitAnswer {
  readonly error: number
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** Kafka's TransactionCoordinator, as far as clients see it. */
export class FakeCoordinator {
  readonly #options: CoordinatorOptions
  readonly #ids = new Map<string, Metadata>()
  #nextId = 1000n

  constructor(options: CoordinatorOptions) {
    this.#options = options
  }

  init(id: string | null, timeout: number, producerId: bigint, epoch: number): InitAnswer {
    const fail = (error: number): InitAnswer => ({ error, producerId: -1n, producerEpoch: -1 })
    if (id === null) return { error: 0, producerId: this.#nextId++, producerEpoch: 0 }
    let data = this.#ids.get(id)
    if (data === undefined) {
      data = {
        producerId: this.#nextId++,
        epoch: -1,
        lastEpoch: -1,
        state: 'empty',
        timeout,
        begun: 0,
        partitions: new Set(),
        groups: new Set(),
      }
      this.#ids.set(id, data)
    }
    this.expire()
    if (epoch >= 0 && data.epoch >= 0 && producerId !== data.producerId) return fail(90)
    if (data.state.startsWith('prepare')) return fail(51)
    if (data.state === 'ongoing') {
      this.#fence(data)
      return fail(51)
    }
    if (epoch < 0 || data.epoch < 0) {
      data.lastEpoch = -1
      data.epoch++
    } else if (epoch === data.epoch) {
      data.lastEpoch = data.epoch
      data.epoch++
    } else if (epoch !== data.lastEpoch) {
      return fail(90)
    }
    data.state = 'empty'
    data.timeout = timeout
    return { error: 0, producerId: data.producerId, producerEpoch: data.epoch }
  }

  /** Adds partitions, or groups, which are partitions of another topic to Kafka. */
  add(id: string, producerId: bigint, epoch: number, what: { partitions?: string[]; group?: string }): number {
    const data = this.#checked(id, producerId, epoch)
    if (typeof data === 'number') return data
    if (data.state.startsWith('prepare')) return 51
    if (data.state !== 'ongoing') data.begun = this.#options.clock.monotonic()
    data.state = 'ongoing'
    for (const partition of what.partitions ?? []) data.partitions.add(partition)
    if (what.group !== undefined) data.groups.add(what.group)
    return 0
  }

  holds(id: string, producerId: bigint, epoch: number, partition: string): number {
    const data = this.#checked(id, producerId, epoch)
    if (typeof data === 'number') return data === 90 ? 47 : data
    return data.state === 'ongoing' && data.partitions.has(partition) ? 0 : 48
  }

  holdsGroup(id: string, producerId: bigint, epoch: number, group: string): number {
    const data = this.#checked(id, producerId, epoch)
    if (typeof data === 'number') return data === 90 ? 47 : data
    return data.state === 'ongoing' && data.groups.has(group) ? 0 : 48
  }

  end(id: string, producerId: bigint, epoch: number, commit: boolean): number {
    const data = this.#checked(id, producerId, epoch)
    if (typeof data === 'number') return data
    const how = commit ? 'commit' : 'abort'
    if (data.state === 'ongoing') {
      this.#prepare(data, how)
      return 0
    }
    if (data.state === `prepare-${how}`) return 51
    return data.state === `complete-${how}` ? 0 : 48
  }

  /** Ends what has taken too long. */
  expire(): void {
    for (const data of this.#ids.values()) {
      if (data.state === 'ongoing' && this.#options.clock.monotonic() - data.begun > data.timeout) this.#fence(data)
    }
  }

  stateOf(id: string): { readonly state: State; readonly epoch: number } | undefined {
    return this.#ids.get(id)
  }

  #checked(id: string, producerId: bigint, epoch: number): Metadata | number {
    this.expire()
    const data = this.#ids.get(id)
    if (data === undefined || data.producerId !== producerId) return 49
    return data.epoch === epoch ? data : 90
  }

  #fence(data: Metadata): void {
    data.lastEpoch = this.#options.kind === 'new' ? data.epoch : -1
    data.epoch++
    this.#prepare(data, 'abort')
  }

  #prepare(data: Metadata, how: 'commit' | 'abort'): void {
    const { clock, effects, markers } = this.#options
    data.state = `prepare-${how}`
    const { producerId, epoch } = data
    clock.setTimeout(() => {
      for (const partition of data.partitions) effects.mark(partition, producerId, epoch, how)
      for (const group of data.groups) effects.settle(group, producerId, epoch, how)
      data.partitions.clear()
      data.groups.clear()
      data.state = `complete-${how}`
    }, markers)
  }
}
