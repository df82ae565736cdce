import { createMonitor, type InjectFacts, type Sensor, type TracedHeaders, type Tracer } from '@faust/core'
import { sensorConformance } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { runKit } from './run-kit.ts'

const replaced = ({ headers }: InjectFacts): TracedHeaders => [
  ...headers.filter(([name]) => name !== 'trace'),
  ['trace', new Uint8Array([1])],
]

const sound: Tracer = {
  run: (_, body) => body(),
  process: () => ({ inject: replaced, end: () => {} }),
  inject: replaced,
}

const tracing = (tracer: Tracer): Sensor => ({ ...createMonitor(), trace: tracer })

describe('a sound tracer passes', () => {
  sensorConformance({ test, create: () => tracing(sound), traces: true })
})

const DEFECTS: readonly { readonly what: string; readonly noticedBy: RegExp; readonly broken: Partial<Tracer> }[] = [
  {
    what: 'runs the body twice',
    noticedBy: /run calls its body once/,
    broken: {
      run(_, body) {
        body()
        return body()
      },
    },
  },
  {
    what: 'keeps an error of the body to itself',
    noticedBy: /run passes on what its body throws/,
    broken: {
      run(_, body) {
        try {
          return body()
        } catch {
          return undefined as never
        }
      },
    },
  },
  {
    what: 'cannot read odd headers',
    noticedBy: /spans bear every list/,
    broken: {
      process({ records }) {
        for (const { headers } of records) for (const [, value] of headers) if (value!.length > 1000) break
        return sound.process({} as never)
      },
    },
  },
  {
    what: 'throws headers of others away',
    noticedBy: /headers that were there stay/,
    broken: { inject: () => [] },
  },
  {
    what: 'writes into the headers that it was given',
    noticedBy: /headers that were there stay/,
    broken: {
      inject({ headers }) {
        ;(headers as unknown as unknown[]).push(['trace', null])
        return headers
      },
    },
  },
  {
    what: 'adds its header again at every hop',
    noticedBy: /replaced, not repeated/,
    broken: {
      process: () => ({ inject: ({ headers }) => [...headers, ['trace', new Uint8Array()]], end: () => {} }),
    },
  },
  {
    what: 'cannot inject after the end of a span',
    noticedBy: /a span injects after its end/,
    broken: {
      process() {
        let ended = false
        return {
          end: () => void (ended = true),
          inject(facts) {
            if (ended) throw new Error('ended')
            return replaced(facts)
          },
        }
      },
    },
  },
]

describe('a tracer is caught that', () => {
  for (const { what, noticedBy, broken } of DEFECTS) {
    test(what, async () => {
      const create = (): Sensor => tracing({ ...sound, ...broken })
      const { passed, failed } = await runKit(
        (it) => sensorConformance({ test: it, create, traces: true, bound: 2000 }),
        noticedBy,
      )
      expect([passed, failed.size]).toEqual([[], 1])
    })
  }

  test('is there though nobody said so', async () => {
    const { failed } = await runKit((it) => sensorConformance({ test: it, create: () => tracing(sound) }))
    expect([...failed.keys()]).toEqual(['sensor: sensor, it traces if it is said to, and only then'])
  })
})
