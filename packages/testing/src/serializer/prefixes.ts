import { hex } from '../kit/bytes.ts'
import { ok } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { encodeContext } from './serializer-context.ts'
import type { SerializerContext } from './serializer-context.ts'

const BEGINNING = 'prefixes: the bytes of a beginning of a value are the beginning of its bytes'

/** Keys that can be looked for by how they begin. */
export const prefixes: CaseGroup<SerializerContext> = {
  name: 'prefixes',
  needs: ['prefixes'],
  cases: {
    'the bytes of a beginning begin the bytes of the whole': async ({ create, values, beginnings }) => {
      const serializer = await create()
      const pairs = [...beginnings, ...values.flatMap(beginningsOf)]
      ok(
        pairs.length > 0,
        BEGINNING,
        'Nothing was tried: pass `beginnings` to the kit, pairs of a beginning and a whole',
      )
      for (const [beginning, whole] of pairs) {
        const [short, long] = [beginning, whole].map(async (value) =>
          hex(await serializer.encode(value, encodeContext('key'))),
        )
        const [start, all] = [await short, await long]
        ok(all!.startsWith(start!), BEGINNING, `${start} does not begin ${all}`)
      }
    },
  },
}

/** Of texts, cut between characters, and of bytes; what begins another value only its owner knows. */
function beginningsOf(value: unknown): (readonly [unknown, unknown])[] {
  if (typeof value === 'string') {
    const characters = Array.from(value).slice(0, 100)
    return characters.map((_, length) => [characters.slice(0, length).join(''), value] as const)
  }
  if (!(value instanceof Uint8Array)) return []
  return Array.from({ length: Math.min(value.length, 100) }, (_, length) => [value.slice(0, length), value] as const)
}
