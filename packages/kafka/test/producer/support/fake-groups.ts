/** Committed offsets of groups, with those of open transactions, and the membership that KIP-447 checks. */
export class FakeGroups {
  /** By group: who is in it now. */
  readonly members = new Map<string, { readonly memberId: string; readonly generation: number }>()
  /** By `group topic partition`. */
  readonly committed = new Map<string, number>()
  readonly #pending = new Map<bigint, Map<string, number>>()
  readonly #epochs = new Map<bigint, number>()

  check(group: string, memberId: string, generation: number): number {
    const member = this.members.get(group)
    if (member === undefined || (memberId === '' && generation < 0)) return 0
    if (member.memberId !== memberId) return 25
    return member.generation === generation ? 0 : 22
  }

  /** Offsets of an open transaction; only a log that has seen a newer epoch refuses an older one. */
  store(producerId: bigint, epoch: number, group: string, offsets: ReadonlyMap<string, number>): number {
    if ((this.#epochs.get(producerId) ?? -1) > epoch) return 47
    this.#epochs.set(producerId, epoch)
    const pending = this.#pending.get(producerId) ?? new Map<string, number>()
    for (const [place, offset] of offsets) pending.set(`${group} ${place}`, offset)
    this.#pending.set(producerId, pending)
    return 0
  }

  settle(producerId: bigint, epoch: number, group: string, marker: 'commit' | 'abort'): void {
    this.#epochs.set(producerId, Math.max(epoch, this.#epochs.get(producerId) ?? -1))
    const pending = this.#pending.get(producerId)
    if (pending === undefined) return
    for (const [key, offset] of pending) {
      if (!key.startsWith(`${group} `)) continue
      if (marker === 'commit') this.committed.set(key, offset)
      pending.delete(key)
    }
  }

  get hasPending(): boolean {
    return [...this.#pending.values()].some((pending) => pending.size > 0)
  }
}
