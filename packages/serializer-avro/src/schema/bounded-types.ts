import avsc from 'avsc'
import type { Tap } from './tap.ts'

/** A type, or what reads one type as another. */
interface Reads {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
}

/**
 * Arrays that believe no count that the bytes can't hold: avsc would make room for two billion items because five bytes say so.
 * Every item takes at least a byte; a schema whose items take none is refused (`type-of-schema.ts`).
 *
 * A resolver calls `_read` with itself as `this`, whence only what both have is used.
 */
export class BoundedArray extends avsc.types.ArrayType {
  _read(this: { readonly itemsType: unknown }, tap: Tap): unknown[] {
    const items = this.itemsType as Reads
    let values: unknown[] | undefined
    let at = 0
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) {
      // Room for the first block, mostly the only one, as its count can be believed.
      // oxlint-disable-next-line unicorn/no-new-array
      values ??= new Array<unknown>(n)
      while (n-- > 0) values[at++] = items._read(tap)
    }
    return values ?? []
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Reads
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) while (n-- > 0) items._skip(tap)
  }
}

/** The same for maps; and the key `__proto__` is an ordinary one, which changes no prototype. */
export class BoundedMap extends avsc.types.MapType {
  _read(this: { readonly valuesType: unknown }, tap: Tap): Record<string, unknown> {
    const type = this.valuesType as Reads
    const values: Record<string, unknown> = {}
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) {
      while (n-- > 0) {
        const key = tap.readString()
        const value = type._read(tap)
        if (key === '__proto__') {
          Object.defineProperty(values, key, { value, configurable: true, enumerable: true, writable: true })
        } else values[key] = value
      }
    }
    return values
  }

  _skip(tap: Tap): void {
    const type = this.valuesType as Reads
    for (let n = blockOf(tap); n > 0; n = blockOf(tap)) {
      while (n-- > 0) {
        tap.skipString()
        type._skip(tap)
      }
    }
  }
}

/** How many items the next block has; 0 at the end. */
function blockOf(tap: Tap): number {
  let count = tap.readLong()
  if (count < 0) {
    count = -count
    // The block's size in bytes, which is for whoever wants to skip it.
    tap.readLong()
  }
  if (count === 0 || count <= tap.buf.length - tap.pos) return count
  throw new RangeError(
    `It claims ${count} items, of which the bytes hold at most ${Math.max(0, tap.buf.length - tap.pos)}`,
  )
}
