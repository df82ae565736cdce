import type { RecordCoordinates } from '../processing/send/publisher.ts'
import type { RecordToSend } from '../processing/send/record-to-send.ts'
import { publish, send } from '../processing/send/send.ts'
import { Stream } from './stream.ts'

/** A topic of the app: a stream that can also be written. */
export class Topic<K, V> extends Stream<K, V> {
  get name(): string {
    return this.definition.name
  }

  /**
   * Sends a record. Inside a handler it resolves when the record is handed over, which is at once unless the outbox is
   * full: the worker commits the value in hand only after the log has acknowledged everything sent for it. Under
   * exactly-once it is readable with that commit, or never. Outside a handler nobody else sees to that, so it resolves when the log has acknowledged the record.
   *
   * Rejects with `FAUST_ENCODE`, `FAUST_RECORD_TOO_LARGE`, `FAUST_LEASE_ENDED`, `FAUST_NOT_STARTED`. Records of one
   * partition keep the order of the calls made inside handlers, and of those made outside; between the two there is none.
   */
  send(record: RecordToSend<K, V>): Promise<void> {
    return send(this.runtime, this.definition, record)
  }

  /**
   * Sends a record and resolves with its place in the log, also inside a handler, which then waits a round trip. Under
   * exactly-once a handler can't: the record has no place before the commit that waits for the handler, and it rejects
   * with `FAUST_WAITS_FOR_COMMIT`.
   */
  publish(record: RecordToSend<K, V>): Promise<RecordCoordinates> {
    return publish(this.runtime, this.definition, record)
  }
}
