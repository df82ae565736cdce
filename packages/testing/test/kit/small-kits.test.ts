import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createMonitor, json, SERIALIZER_CONTRACT, text } from '@faust/core'
import type { DecodeContext, Sensor, Serializer } from '@faust/core'
import { sensorConformance, serializerConformance } from '@faust/testing'
import type { SerializerConformanceOptions } from '@faust/testing'
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

describe('of the kit itself', () => {
  const cases = (options: Partial<SerializerConformanceOptions<unknown>>, matching: RegExp) =>
    runKit(
      (it) =>
        serializerConformance<unknown>({
          test: it,
          create: () => json(),
          values: [{ b: [{ d: 1, c: 2 }], a: 2 }],
          ...options,
        }),
      matching,
    )

  test('come objects whose members stand in another order', async () => {
    const matching = /keys, equal values give equal bytes/
    expect((await cases({}, matching)).failed.size).toBe(0)
    const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
    const { failed } = await cases({ create: () => override(json(), { encode }) }, matching)
    expect([...failed.values()].map(({ message }) => message)).toEqual([expect.stringMatching(/made differently/)])
  })

  test('come beginnings of texts and bytes, for who claims prefixes', async () => {
    const prefixes = { supports: { keys: true, prefixes: true } }
    const create = (): Serializer<unknown> => override(json(), prefixes)
    const { failed } = await cases({ create, values: ['abc', 'ä'] }, /prefixes, /)
    expect([...failed.values()].map(({ message }) => message)).toEqual([
      expect.stringMatching(/beginning of its bytes/),
    ])
    const none = await cases({ create, values: [1, 2] }, /prefixes, /)
    expect([...none.failed.values()].map(({ message }) => message)).toEqual([expect.stringMatching(/`beginnings`/)])
    const texts = (): Serializer<unknown> => text()
    expect((await cases({ create: texts, values: ['abc', 'ä\u{1f980}'] }, /prefixes, /)).passed.length).toBe(1)
    const odd = await cases(
      { create: () => override(json(), { supports: { keys: true, prefixes: 'no' as never } }) },
      /carries its name/,
    )
    expect(odd.failed.size).toBe(1)
  })
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
    what: 'can be told nothing before it has started',
    noticedBy: /hooks come before start/,
    broken(sensor) {
      let app: string | undefined
      return {
        async start(context) {
          await sensor.start(context)
          app = context.app
        },
        onState: () => void app!.length,
      }
    },
  },
  {
    what: 'leaves a timer of the clock behind',
    noticedBy: /after close nothing of it is left/,
    broken: (sensor) => ({
      async start(context) {
        await sensor.start(context)
        context.clock.setTimeout(() => {}, 2000)
      },
    }),
  },
  {
    what: 'leaves a socket behind',
    noticedBy: /after close nothing of it is left/,
    broken: () => ({
      async start() {
        const socket = createSocket('udp4').bind(0, '127.0.0.1')
        await once(socket, 'listening')
        setTimeout(() => socket.close(), 3000).unref()
      },
    }),
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
