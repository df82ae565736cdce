import { SERIALIZER_CONTRACT } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { hex } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { decodeContext, encodeContext, roundTrip } from './serializer-context.ts'
import type { SerializerContext } from './serializer-context.ts'

const ROUND = 'decode gives back what encode was given'

/** Values become bytes and come back. */
export const formats: CaseGroup<SerializerContext> = {
  name: 'format',
  cases: {
    'it carries its name, the contract it was written for and its manifest': async ({ create }) => {
      const serializer = await create()
      ok(typeof serializer.name === 'string' && serializer.name !== '', 'a serializer carries a name, for messages')
      equal(
        serializer.contract,
        SERIALIZER_CONTRACT,
        'a serializer carries the version of the contract it was written for',
      )
      equal(typeof serializer.supports.keys, 'boolean', 'supports.keys says yes or no')
      const rule = 'supports.prefixes says yes or no, or is left out'
      ok([undefined, true, false].includes(serializer.supports.prefixes), rule)
    },

    'values come back': async ({ create, values, same }) => {
      const serializer = await create()
      for (const value of values) same(await roundTrip(serializer, value, 'value'), value, ROUND)
    },

    'a check lets through what can be written': async ({ create, values }) => {
      const serializer = await create()
      for (const value of values) serializer.check?.(value, encodeContext('value'))
    },

    'bytes are a Uint8Array': async ({ create, values }) => {
      const serializer = await create()
      for (const value of values) {
        const bytes = await serializer.encode(value, encodeContext('value'))
        ok(bytes instanceof Uint8Array, 'encode gives a Uint8Array', `It gave ${Object.prototype.toString.call(bytes)}`)
      }
    },

    'another instance reads them': async ({ create, values, same }) => {
      const [writer, reader] = [await create(), await create()]
      for (const value of values) {
        const context = encodeContext('value')
        const bytes = await writer.encode(value, context)
        same(
          await reader.decode(bytes, decodeContext('value', context.headers)),
          value,
          `${ROUND}, also in another process`,
        )
      }
    },

    'calls under way do not disturb each other': async ({ create, values, same, random }) => {
      const serializer = await create()
      const many = random.shuffle(Array.from({ length: 20 }, () => values).flat())
      const found = await Promise.all(many.map((value) => roundTrip(serializer, value, 'value')))
      for (const [index, value] of many.entries())
        same(found[index], value, 'called also while an earlier call is pending')
    },

    'what a call leaves behind changes no later one': async ({ create, values, same }) => {
      const serializer = await create()
      for (const value of values) await roundTrip(serializer, value, 'value')
      for (const value of values.toReversed()) {
        same(await roundTrip(serializer, value, 'value'), value, 'stateless as seen from outside')
      }
      // A fresh one decodes what an old one wrote and the other way round: nothing hangs on what came before.
      const fresh = await create()
      for (const value of values) {
        const context = encodeContext('value')
        const bytes = await serializer.encode(value, context)
        same(
          await fresh.decode(bytes, decodeContext('value', context.headers)),
          value,
          'stateless as seen from outside',
        )
      }
    },

    'the bytes of one call stay as they are in the next': async ({ create, values }) => {
      const serializer = await create()
      const all = []
      for (const value of values) {
        const bytes = await serializer.encode(value, encodeContext('value'))
        all.push({ bytes, digits: hex(bytes) })
      }
      for (const { bytes, digits } of all)
        equal(hex(bytes), digits, 'the bytes belong to core: no later call writes into them')
    },

    'what core does with the bytes changes no value': async ({ create, values, same }) => {
      const serializer = await create()
      for (const value of values) {
        const first = await serializer.encode(value, encodeContext('value'))
        const digits = hex(first)
        const decoded = await roundTrip(serializer, value, 'value')
        first.fill(0xa5)
        const second = await serializer.encode(decoded, encodeContext('value'))
        second.fill(0xa5)
        equal(
          hex(await serializer.encode(value, encodeContext('value'))).length,
          digits.length,
          'the bytes belong to core',
        )
        same(
          await roundTrip(serializer, value, 'value'),
          decoded,
          'the bytes belong to core: changing them changes no value',
        )
      }
    },
  },
}
