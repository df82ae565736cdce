/** How many bytes the schema's id takes behind the first byte, which is 0. */
export type Wire = 'confluent' | 'apicurio'

const BYTES: Readonly<Record<Wire, number>> = { confluent: 5, apicurio: 9 }

/** How a registry's id stands in front of a value. */
export interface Frame {
  /** Bytes in front of the value. */
  readonly length: number
  /** Puts an id in front of the value that stands behind `length` free bytes. */
  write(bytes: Buffer, id: number): Buffer
  /** The id of the schema that a value was written with; throws when the bytes do not begin with one. */
  read(bytes: Buffer): number
}

/** Both formats begin with a zero byte; Confluent's has an id of 32 bits, Apicurio's older one has 64. Big-endian. */
export function frameOf(wire: Wire): Frame {
  const length = BYTES[wire]
  return {
    length,
    write(bytes, id) {
      bytes[0] = 0
      if (wire === 'confluent') bytes.writeUInt32BE(id, 1)
      else bytes.writeBigInt64BE(BigInt(id), 1)
      return bytes
    },
    read(bytes) {
      if (bytes.length < length || bytes[0] !== 0) {
        throw new TypeError(`It does not begin with the ${length} bytes that name a schema of a registry (${wire})`)
      }
      if (wire === 'confluent') return bytes.readUInt32BE(1)
      const id = Number(bytes.readBigInt64BE(1))
      if (Number.isSafeInteger(id) && id >= 0) return id
      throw new TypeError("It does not begin with a schema's id: declare `wire: 'confluent'` if it was written so")
    },
  }
}
