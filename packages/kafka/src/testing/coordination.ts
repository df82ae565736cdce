import type { Clock } from '@faust/core'
import type { CoordinatorKind } from '../requests/find-coordinator.ts'
import type { Nodes } from './nodes.ts'

const LOADING = 14
const NOT_COORDINATOR = 16

interface Coordinator {
  node: number
  /** On the monotonic clock. */
  readyAt: number
}

/** Which node coordinates which group and transactional id. */
export class Coordination {
  readonly #clock: Clock
  readonly #nodes: Nodes
  /** Ms that a new coordinator needs until it answers. */
  readonly #loading: number
  readonly #known = new Map<string, Coordinator>()
  readonly #watchers = new Set<() => void>()

  constructor(clock: Clock, nodes: Nodes, loading: number) {
    this.#clock = clock
    this.#nodes = nodes
    this.#loading = loading
  }

  /** Calls `watcher` after coordinators have changed; the answer ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** The coordinator's node, or -1 while there is none. */
  of(kind: CoordinatorKind, key: string): number {
    const { node } = this.#find(kind, key)
    return this.#nodes.isUp(node) ? node : -1
  }

  /** Why `node` can't answer for a group or transactional id, or 0. */
  refusal(kind: CoordinatorKind, key: string, node: number): number {
    const coordinator = this.#find(kind, key)
    if (coordinator.node !== node) return NOT_COORDINATOR
    return this.#clock.monotonic() < coordinator.readyAt ? LOADING : 0
  }

  move(kind: CoordinatorKind, key: string, node: number): void {
    this.#hand(this.#find(kind, key), node)
  }

  /** Gives what `node` coordinates to nodes that are up, if there are any. */
  failOver(node: number): void {
    for (const [name, coordinator] of this.#known) {
      const next = this.#nodes.choose(name)
      if (coordinator.node === node && next >= 0) this.#hand(coordinator, next)
    }
  }

  #hand(coordinator: Coordinator, node: number): void {
    if (coordinator.node === node) return
    coordinator.node = node
    coordinator.readyAt = this.#clock.monotonic() + this.#loading
    for (const watcher of this.#watchers) watcher()
  }

  #find(kind: CoordinatorKind, key: string): Coordinator {
    const name = `${kind} ${key}`
    let known = this.#known.get(name)
    if (known === undefined || known.node < 0) {
      this.#known.set(name, (known = { node: this.#nodes.choose(name), readyAt: Number.NEGATIVE_INFINITY }))
    }
    return known
  }
}
