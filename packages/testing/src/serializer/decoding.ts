import { systemClock } from '@faust/core'
import { describe, equal, ok, settle } from '../kit/check.ts'
import { hex } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { turn } from '../kit/turn.ts'
import { decodeContext, encodeContext } from './serializer-context.ts'
import type { SerializerContext } from './serializer-context.ts'

const VIEW = 'bytes is a view that must not be kept or changed'

/** Serializers have no time of their own. */
const clock = systemClock()

/** Bytes that are read, good and bad. */
export const decoding: CaseGroup<SerializerContext> = {
  name: 'decode',
  cases: {
    'bytes may be a view into a larger buffer': async ({ create, values, same, random }) => {
      const serializer = await create()
      for (const value of values) {
        const context = encodeContext('value')
        const bytes = await serializer.encode(value, context)
        const buffer = random.bytes(bytes.length + 40)
        buffer.set(bytes, 13)
        const view = buffer.subarray(13, 13 + bytes.length)
        same(
          await serializer.decode(view, decodeContext('value', context.headers)),
          value,
          'only what the view shows counts',
        )
      }
    },

    'bytes are not changed': async ({ create, values }) => {
      const serializer = await create()
      for (const value of values) {
        const context = encodeContext('value')
        const bytes = await serializer.encode(value, context)
        const digits = hex(bytes)
        await serializer.decode(bytes, decodeContext('value', context.headers))
        equal(hex(bytes), digits, VIEW)
      }
    },

    'bytes are not kept': async ({ create, values, same }) => {
      const serializer = await create()
      for (const value of values) {
        const context = encodeContext('value')
        const bytes = Uint8Array.from(await serializer.encode(value, context))
        const decoded = await serializer.decode(bytes, decodeContext('value', context.headers))
        bytes.fill(0xa5)
        same(decoded, value, `${VIEW}: the buffer is used again`)
      }
    },

    'headers are read and not changed': async ({ create, values }) => {
      const serializer = await create()
      for (const value of values) {
        const context = encodeContext('value')
        const bytes = await serializer.encode(value, context)
        const headers = Object.freeze([...context.headers, Object.freeze(['other', null] as const)])
        const before = shown(headers)
        const { error } = await settle(() => serializer.decode(bytes, decodeContext('value', headers)))
        equal(error, undefined, 'headers that a serializer does not know are no business of its')
        equal(shown(headers), before, "the record's headers are read-only")
      }
    },

    'damaged bytes give a value or an error, never a hang': async ({ create, values, random }) => {
      const serializer = await create()
      for (const value of values) {
        const context = encodeContext('value')
        const bytes = await serializer.encode(value, context)
        for (let time = 0; time < 40; time++) {
          const damaged = damage(bytes, random.int(4), random)
          const { error } = await settle(() => serializer.decode(damaged, decodeContext('value', context.headers)))
          ok(
            error === undefined || error instanceof Error,
            'whatever decode throws is an Error',
            `${hex(damaged)} gave ${describe(error)}`,
          )
          await turn(clock)
        }
      }
    },
  },
}

/** Bytes of which the adapter says that they are no value of its format. */
export const malformed: CaseGroup<SerializerContext> = {
  name: 'malformed',
  needs: ['invalidBytes'],
  cases: {
    'malformed bytes are an error': async ({ create, invalid }) => {
      const serializer = await create()
      for (const bytes of invalid) {
        const { error } = await settle(() => serializer.decode(bytes, decodeContext('value')))
        ok(
          error instanceof Error,
          'malformed bytes give an error',
          `${hex(bytes)} gave ${error === undefined ? 'a value' : describe(error)}`,
        )
        ok(error.message !== '', 'an error says what was wrong')
      }
    },
  },
}

function shown(headers: readonly (readonly [string, Uint8Array | null])[]): unknown[] {
  return headers.map(([name, bytes]) => [name, hex(bytes)])
}

function damage(bytes: Uint8Array, kind: number, random: SerializerContext['random']): Uint8Array {
  if (kind === 0) return bytes.slice(0, random.int(bytes.length + 1))
  if (kind === 1) return random.bytes(random.int(bytes.length + 10))
  const damaged = new Uint8Array(bytes.length + (kind === 2 ? 0 : 8))
  damaged.set(bytes)
  // Lengths stand in few bytes, and the largest ones are the most tempting to believe.
  for (let times = 0; times <= random.int(3); times++)
    damaged[random.int(damaged.length)] = random.pick([0, 0x7f, 0xff, random.int(256)])
  return damaged
}
