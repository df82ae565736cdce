import type { Headers } from '../../serializer/headers.ts'
import type { StoreEntry } from '../../store/store.ts'

/** An entry as the changelog gets it; the store keeps no more than an entry of it. */
export interface ChangelogEntry extends StoreEntry {
  /** Where the app is traced: on whose behalf it was written last. */
  readonly headers?: Headers | undefined
}
