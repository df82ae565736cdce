import { checkBytes } from '../../serializer/check-bytes.ts'
import type { Serializer } from '../../serializer/serializer.ts'
import { clauseOf, FaustError, isFaustError, retriableOf } from '../../service/errors.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { TableDefinition } from './table-definition.ts'

/** Keys and values of one shard as bytes and back, with errors that name the table. */
export class ShardCodec {
  readonly #table: TableDefinition
  readonly #partition: number

  constructor(table: TableDefinition, partition: number) {
    this.#table = table
    this.#partition = partition
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
    const fail = (error: unknown, asked: boolean): never => {
      const { name } = this.#table
      throw new FaustError(
        isFaustError(error) ? error.code : doing === 'read' ? 'FAUST_DECODE' : 'FAUST_ENCODE',
        `Table ${name}, partition ${this.#partition}: ${this.#table[part].name} could not ${doing} a ${part}: ` +
          `${clauseOf(error)}. Check that the table's serializers fit what is stored in it.`,
        {
          cause: error,
          // As with records: what failed at once fails again.
          retriable: retriableOf(error) ?? asked,
          details: { table: name, partition: this.#partition, part },
        },
      )
    }
    try {
      const result = work()
      return isPromise(result) ? result.then(undefined, (error: unknown) => fail(error, true)) : result
    } catch (error) {
      return fail(error, false)
    }
  }
}
