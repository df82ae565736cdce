import avsc from 'avsc'

/** How values of a logical type stand in the program. Both are pure. */
export interface AvroLogicalType<Value = unknown, Stored = unknown> {
  /** From what Avro's underlying type gives. */
  read(stored: Stored): Value
  /** To what Avro's underlying type takes; throws for what is no such value. */
  write(value: Value): Stored
}

/** Dates for `{ type: 'long', logicalType: 'timestamp-millis' }`. */
export const timestampMillis: AvroLogicalType<Date, number | bigint> = {
  read: (stored) => new Date(Number(stored)),
  write: (value) => {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.getTime()
    throw new TypeError('A timestamp-millis takes a valid Date')
  },
}

type Convertible = Readonly<Record<string, AvroLogicalType>>

/** avsc's classes for logical types. */
export function logicalTypesOf(types: Convertible): Record<string, typeof avsc.types.LogicalType> {
  return Object.fromEntries(Object.entries(types).map(([name, type]) => [name, classOf(name, type)]))
}

function classOf(name: string, { read, write }: AvroLogicalType): typeof avsc.types.LogicalType {
  return class extends avsc.types.LogicalType {
    protected override _fromValue(stored: unknown): unknown {
      return read(stored)
    }

    protected override _toValue(value: unknown): unknown {
      // avsc also asks which branch of a union a value belongs to: `undefined` is its "not to this one".
      try {
        return write(value)
      } catch {
        return undefined
      }
    }

    /** How what another schema wrote is read as this: avsc has it read as that schema's type first. */
    protected override _resolve(writer: avsc.Type): unknown {
      if (writer.typeName === `logical:${name}`) return (value: unknown): unknown => value
      const under = this.underlyingType.typeName
      if (writer.typeName === under || (writer.typeName === 'int' && under === 'long')) return read
      return undefined
    }
  }
}
