import type avsc from 'avsc'

const SMALLEST = 1024

/** Writes values of a type behind `offset` free bytes. */
export function writerOf(type: avsc.Type, offset: number): (value: unknown) => Buffer {
  const scratch = Buffer.alloc(SMALLEST)
  return (value) => {
    try {
      let end = type.encode(value, scratch, offset)
      if (end < 0) {
        // As many bytes more as it says; a larger scratch is not kept, lest one record hold memory for good.
        const larger = Buffer.alloc(scratch.length - end)
        end = type.encode(value, larger, offset)
        return larger.subarray(0, end)
      }
      const bytes = Buffer.allocUnsafe(end)
      scratch.copy(bytes, 0, 0, end)
      return bytes
    } catch (error) {
      throw misfit(type, value, error)
    }
  }
}

/** Throws what `writerOf` would throw of a value, without writing it. */
export function checkerOf(type: avsc.Type): (value: unknown) => void {
  return (value) => {
    if (!type.isValid(value)) throw misfit(type, value, new TypeError('It does not fit its Avro schema'))
  }
}

/** What does not fit and where; never the value itself, which avsc's own messages quote. */
function misfit(type: avsc.Type, value: unknown, cause: unknown): unknown {
  let place: string | undefined
  type.isValid(value, {
    errorHook: (path, _, expected) => {
      place ??= `${path.length === 0 ? 'The whole value' : path.join('.')} is no ${nameOf(expected)}`
    },
  })
  if (place === undefined) return cause
  return new TypeError(`It does not fit its Avro schema: ${place}`)
}

function nameOf(type: avsc.Type): string {
  if (type.name !== undefined) return `${type.typeName} ${type.name}`
  return type.typeName.replace(/^(?:abstract|logical|union):/, '')
}
