import { createMonitor, json, SERIALIZER_CONTRACT } from '@faust/core'
import type { DecodeContext, Sensor, Serializer } from '@faust/core'
import { sensorConformance, serializerConformance } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { override, runKit } from './run-kit.ts'

interface SerializerDefect {
  readonly what: string
  readonly noticedBy: RegExp
  readonly broken: (serializer: Serializer<unknown>) => Partial<Serializer<unknown>>
}

const pool = new Uint8Array(1000)
let calls = 0

const SERIALIZER_DEFECTS: readonly SerializerDefect[] = [
  { what: 'loses what it was given', noticedBy: /format, values come back/, broken: () => ({ decode: () => ({}) }) },
  {
    what: 'writes every value into one buffer',
    noticedBy: /the bytes of one call stay as they are/,
    broken: (serializer) => ({
      async encode(value, context) {
        const bytes = await serializer.encode(value, context)
        pool.set(bytes)
        return pool.subarray(0, bytes.length)
      },
    }),
  },
  {
    what: 'keeps the view that it was handed',
    noticedBy: /decode, bytes are not kept/,
    broken: (serializer) => ({
      decode(bytes, context) {
        let value: unknown
        return {
          get lazy(): unknown {
            return (value ??= serializer.decode(bytes, context))
          },
        }
      },
    }),
  },
  {
    what: 'reads the buffer and not the view',
    noticedBy: /bytes may be a view into a larger buffer/,
    broken: (serializer) => ({ decode: (bytes, context) => serializer.decode(new Uint8Array(bytes.buffer), context) }),
  },
  {
    what: 'changes the bytes that it reads',
    noticedBy: /decode, bytes are not changed/,
    broken: (serializer) => ({
      async decode(bytes, context) {
        const value = await serializer.decode(bytes, context)
        bytes[0] = 0
        return value
      },
    }),
  },
  {
    what: 'takes rubbish for a value',
    noticedBy: /malformed bytes are an error/,
    broken: (serializer) => ({ decode: (bytes, context) => orElse(serializer, bytes, context, () => null) }),
  },
  {
    what: 'never answers on damaged bytes',
    noticedBy: /damaged bytes give a value or an error/,
    broken: (serializer) => ({
      decode: (bytes, context) => orElse(serializer, bytes, context, () => new Promise(() => undefined)),
    }),
  },
  {
    what: 'writes keys in no fixed way',
    noticedBy: /keys, equal values give equal bytes/,
    broken: (serializer) => ({
      encode: (value, context) =>
        Promise.resolve(serializer.encode(value, context)).then((bytes) =>
          Uint8Array.from([...bytes, ...(calls++ % 2 === 0 ? [32] : [])]),
        ),
    }),
  },
  {
    what: 'writes keys as their members came',
    noticedBy: /keys, equal values give equal bytes/,
    broken: () => ({ encode: (value) => new TextEncoder().encode(JSON.stringify(value)) }),
  },
  {
    what: 'lets a key depend on its headers',
    noticedBy: /the bytes do not depend on headers/,
    broken: (serializer) => ({
      encode: (value, context) => serializer.encode([value, context.headers.length], context),
    }),
  },
  {
    what: 'adds a header to a key',
    noticedBy: /a key appends no headers/,
    broken: (serializer) => ({
      encode(value, context) {
        context.headers.push(['schema', null])
        return serializer.encode(value, context)
      },
    }),
  },
  {
    what: 'puts its header in front of others',
    noticedBy: /headers are only appended to/,
    broken: (serializer) => ({
      encode(value, context) {
        context.headers.unshift(['schema', null])
        return serializer.encode(value, context)
      },
    }),
  },
  {
    what: 'was written for another contract',
    noticedBy: /it carries its name/,
    broken: () => ({ contract: SERIALIZER_CONTRACT + 1 }),
  },
]

async function orElse(
  serializer: Serializer<unknown>,
  bytes: Uint8Array,
  context: DecodeContext,
  otherwise: () => unknown,
): Promise<unknown> {
  try {
    return await serializer.decode(bytes, context)
  } catch {
    return otherwise()
  }
}

describe('a serializer is caught that', () => {
  for (const { what, noticedBy, broken } of SERIALIZER_DEFECTS) {
    test(what, async () => {
      const serializer = json()
      const { passed, failed } = await runKit(
        (it) =>
          serializerConformance({
            test: it,
            create: () => override(serializer, broken(serializer)),
            values: [1, 'text', { lazy: { b: 1, a: 2 } }],
            equalValues: [
              [
                { a: 1, b: 2 },
                { b: 2, a: 1 },
              ],
            ],
            invalidBytes: [Uint8Array.of(0x7b)],
            bound: 500,
          }),
        noticedBy,
      )
      expect([passed, failed.size]).toEqual([[], 1])
    })
  }
})

const promising: () => void = (): unknown => Promise.resolve()

const SENSOR_DEFECTS: readonly { what: string; noticedBy: RegExp; broken: (sensor: Sensor) => Partial<Sensor> }[] = [
  {
    what: 'throws on facts that it did not expect',
    noticedBy: /every hook bears the facts/,
    broken: () => ({ onFailed: ({ error }) => void (error as Error).message.length }),
  },
  {
    what: 'answers with promises',
    noticedBy: /every hook bears the facts/,
    broken: () => ({ onState: promising }),
  },
  {
    what: 'changes the facts',
    noticedBy: /hooks come in any order/,
    broken: () => ({ onCommit: ({ offsets }) => void (offsets as unknown[]).push('mine') }),
  },
  {
    what: 'cannot be told anything after close',
    noticedBy: /hooks come after close/,
    broken(sensor) {
      let closed = false
      return {
        async close() {
          closed = true
          await sensor.close()
        },
        onTable() {
          if (closed) throw new Error('closed')
        },
      }
    },
  },
  {
    what: 'hooks into what nobody calls',
    noticedBy: /no hook that nobody calls/,
    broken: () => ({ onEverything: () => undefined }) as Partial<Sensor>,
  },
  {
    what: 'never closes',
    noticedBy: /close is idempotent/,
    broken: () => ({ close: () => new Promise(() => undefined) }),
  },
]

describe('a sensor is caught that', () => {
  for (const { what, noticedBy, broken } of SENSOR_DEFECTS) {
    test(what, async () => {
      const create = (): Sensor => {
        const sensor = createMonitor()
        return { ...sensor, ...broken(sensor) }
      }
      const { passed, failed } = await runKit((it) => sensorConformance({ test: it, create, bound: 500 }), noticedBy)
      expect([passed, failed.size]).toEqual([[], 1])
    })
  }
})
