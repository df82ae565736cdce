import { checkBytes } from '../../serializer/check-bytes.ts'
import type { CheckContext, Serializer } from '../../serializer/serializer.ts'
import { clauseOf, FaustError, isFaustError, retriableOf } from '../../service/errors.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { TableDefinition } from './table-definition.ts'

const REWRITE = "Check that the table's serializers fit what is stored in it."
const REREAD =
  "Where the table was declared otherwise before, declare it so again, give it another name, or raise the app's `version`."

/** Keys and values of one shard as bytes and back, with errors that name the table. */
export class ShardCodec {
  readonly #table: TableDefinition
  readonly #partition: number
  readonly #written: CheckContext

  constructor(table: TableDefinition, partition: number) {
    this.#table = table
    this.#partition = partition
    this.#written = { topic: table.changelog, part: 'value' }
  }

  decodeKey(bytes: Uint8Array): MaybePromise<unknown> {
    return this.#guard('read', 'key', () =>
      this.#table.key.decode(bytes, { topic: this.#table.changelog, part: 'key', headers: [] }),
    )
  }

  /** `key` is what the value is kept under: it says the format. */
  decodeValue(key: Uint8Array, bytes: Uint8Array): MaybePromise<unknown> {
    return this.#guard('read', 'value', () =>
      this.#formatOf(key).decode(bytes, { topic: this.#table.changelog, part: 'value', headers: [] }),
    )
  }

  /** Throws what `encodeValue` would, as far as the format says so at once. */
  check(key: Uint8Array, value: unknown): void {
    const format = this.#formatOf(key)
    if (format.check === undefined) return
    try {
      format.check(value, this.#written)
    } catch (error) {
      throw this.#located('write', 'value', error, false)
    }
  }

  encodeValue(key: Uint8Array, value: unknown): MaybePromise<Uint8Array> {
    return this.#guard('write', 'value', () => {
      const bytes = this.#formatOf(key).encode(value, { topic: this.#table.changelog, part: 'value', headers: [] })
      return isPromise(bytes) ? bytes.then(checkBytes) : checkBytes(bytes)
    })
  }

  #formatOf(key: Uint8Array): Serializer<unknown> {
    return this.#table.layout?.serializerOf(key) ?? this.#table.value
  }

  #guard<T>(doing: 'read' | 'write', part: 'key' | 'value', work: () => MaybePromise<T>): MaybePromise<T> {
    try {
      const result = work()
      if (!isPromise(result)) return result
      return result.then(undefined, (error: unknown) => {
        throw this.#located(doing, part, error, true)
      })
    } catch (error) {
      throw this.#located(doing, part, error, false)
    }
  }

  /** As with records: what failed at once fails again; what had to wait may have `asked` somebody. */
  #located(doing: 'read' | 'write', part: 'key' | 'value', error: unknown, asked: boolean): FaustError {
    const { name } = this.#table
    return new FaustError(
      isFaustError(error) ? error.code : doing === 'read' ? 'FAUST_DECODE' : 'FAUST_ENCODE',
      `Table ${name}, partition ${this.#partition}: ${this.#table[part].name} could not ${doing} a ${part}: ` +
        `${clauseOf(error)}. ${doing === 'read' ? REREAD : REWRITE}`,
      {
        cause: error,
        retriable: retriableOf(error) ?? asked,
        details: { table: name, partition: this.#partition, part },
      },
    )
  }
}
