import { ABSENT } from '../../processing/shard/entry-cache.ts'
import type { ReadableEntries } from '../../processing/shard/table-layout.ts'
import type { Place } from '../entry-access.ts'
import type { Cells } from '../cells.ts'
import type { ReadAccess } from '../table-access.ts'
import { DATA_BOUNDS, listKey } from '../windows/window-keys.ts'
import type { Expiring } from './expiring.ts'
import type { TtlLayout } from './ttl-layout.ts'

const PLACE: Place = { id: (key) => key, bytes: listKey }

/** Keys that are gone when nothing was written to them for a while; at once, whatever is still in the store. */
export function ttlCells(layout: TtlLayout): Cells {
  return {
    place: PLACE,
    bounds: DATA_BOUNDS,
    keyOf: (bytes) => bytes.subarray(1),
    read(shard, stored, access) {
      if (stored === ABSENT) return ABSENT
      const { value, writtenAt } = stored as Expiring
      return layout.isOver(writtenAt, nowOf(layout, shard, access)) ? ABSENT : value
    },
    wrap(access, entry, value) {
      if (value === ABSENT) return ABSENT
      const before = entry.value === ABSENT ? undefined : (entry.value as Expiring)
      const time = layout.timeOf(access.delivery!)
      const writtenAt = Math.max(time, before?.writtenAt ?? 0)
      return layout.of(access.shard).timed(entry, { value, writtenAt, timer: before?.timer })
    },
  }
}

/** The time by which a reader finds keys over: inside a handler that before its value, so that a replay finds the same. */
function nowOf(layout: TtlLayout, shard: ReadableEntries, access?: ReadAccess): number {
  const delivery = access?.delivery
  return delivery === undefined ? layout.of(shard).clock.now() : layout.timeBefore(delivery)
}
