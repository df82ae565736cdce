import { AHEAD } from './program.ts'

/** A record that is not known to be committed. */
interface Open {
  readonly id: number
  /** Unknown until the log has acknowledged it. */
  place: { readonly partition: number; readonly offset: number } | undefined
}

/** Knows how far the oldest record is behind that the workers have not committed. */
export class Brake {
  /** In the order they were sent; the first is open. */
  #records: Open[] = []
  #committed: readonly number[] = []
  #next = 0

  /** Ids below may be sent: at most `AHEAD` from the oldest that is open. */
  get limit(): number {
    return (this.#records[0]?.id ?? this.#next) + AHEAD
  }

  /** A record is sent; to be told where it went. */
  sends(id: number): (place: { readonly partition: number; readonly offset: number }) => void {
    const record: Open = { id, place: undefined }
    this.#records.push(record)
    this.#next = id + 1
    return (place) => void (record.place = place)
  }

  /** Offsets by partition. They may be of a moment ago. */
  committed(offsets: readonly number[]): void {
    this.#committed = offsets
    const first = this.#records.findIndex((record) => !this.#isDone(record))
    this.#records = first < 0 ? [] : this.#records.slice(first)
  }

  #isDone({ place }: Open): boolean {
    return place !== undefined && place.offset < (this.#committed[place.partition] ?? 0)
  }
}
