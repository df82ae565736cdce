/** A callback with the moment it is due. */
export interface Task {
  readonly due: number
  readonly callback: () => void
}

interface Entry extends Task {
  readonly order: number
  cancelled: boolean
}

/** Timers by the moment they are due; those of one moment in the order in which they were set. */
export interface TaskQueue {
  /** Answers how to take the task out again. */
  add(task: Task): () => void
  /** When the next one is due. */
  nextDue(): number | undefined
  /** Takes out the next one, if it is due by `moment`. */
  take(moment: number): Task | undefined
  readonly size: number
}

/** A binary heap: a simulation sets and cancels a heartbeat for every poll, so both must be cheap. */
export function createTaskQueue(): TaskQueue {
  const heap: Entry[] = []
  let added = 0
  let live = 0

  const before = (left: number, right: number): boolean => {
    const [a, b] = [heap[left] as Entry, heap[right] as Entry]
    return a.due < b.due || (a.due === b.due && a.order < b.order)
  }
  const swap = (left: number, right: number): void => {
    const entry = heap[left] as Entry
    heap[left] = heap[right] as Entry
    heap[right] = entry
  }
  const removeFirst = (): void => {
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    heap[0] = last
    for (let at = 0; ;) {
      const [left, right] = [at * 2 + 1, at * 2 + 2]
      let least = at
      if (left < heap.length && before(left, least)) least = left
      if (right < heap.length && before(right, least)) least = right
      if (least === at) return
      swap(at, least)
      at = least
    }
  }
  const first = (): Entry | undefined => {
    while (heap[0]?.cancelled === true) removeFirst()
    return heap[0]
  }

  return {
    add(task) {
      const entry: Entry = { due: task.due, callback: task.callback, order: added++, cancelled: false }
      heap.push(entry)
      live++
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1
        if (!before(at, parent)) break
        swap(at, parent)
        at = parent
      }
      return () => {
        if (entry.cancelled) return
        entry.cancelled = true
        live--
      }
    },
    nextDue: () => first()?.due,
    take(moment) {
      const entry = first()
      if (entry === undefined || entry.due > moment) return undefined
      removeFirst()
      // A later cancel of a task that was taken must not be counted.
      entry.cancelled = true
      live--
      return entry
    },
    get size() {
      return live
    },
  }
}
