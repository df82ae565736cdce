import type {
  Headers,
  InjectFacts,
  ProcessFacts,
  ProcessSpan,
  Sensor,
  SpanOutcome,
  TracedHeaders,
  TracedRecord,
  Tracer,
} from '@faust/core'
import { describe, equal, fail, ok, settle } from '../kit/check.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { SeededRandom } from '../random/seeded-random.ts'
import { failure, name } from './facts.ts'
import type { SensorContext } from './sensor-cases.ts'

const QUIET = 'a tracer is synchronous and throws nothing'
const OUTCOMES: readonly SpanOutcome[] = ['done', 'filtered', 'failed', 'released']

/** What a sensor that traces promises besides. */
export const tracerCases: CaseGroup<SensorContext> = {
  name: 'tracer',
  needs: ['trace'],
  cases: {
    'run calls its body once and answers its answer, also a promise': async (context) => {
      const tracer = await started(context)
      let calls = 0
      const answer = quietly('run', () => tracer.run(nothing, () => ++calls))
      equal([answer, calls], [1, 1], 'run answers what its body answers')
      const later = quietly('run', () => tracer.run(nothing, async () => 'later'))
      equal(await later, 'later', 'run answers what its body answers')
    },

    'run passes on what its body throws, and what it rejects with': async (context) => {
      const tracer = await started(context)
      const error = new Error('of the body')
      const thrown = await settle(() =>
        tracer.run(nothing, () => {
          throw error
        }),
      )
      const rejected = await settle(() => tracer.run(nothing, () => Promise.reject(error)))
      ok(thrown.error === error && rejected.error === error, 'what the body fails with is passed on as it is')
    },

    'values come and go within a run': async (context) => {
      const tracer = await started(context)
      let current: ProcessSpan | undefined
      await tracer.run(
        () => current,
        async () => {
          for (let time = 0; time < 200; time++) {
            current = time % 3 === 0 ? undefined : process(tracer, context.random)
            await Promise.resolve()
            inject(current ?? tracer, context.random)
            end(current, context.random)
          }
        },
      )
    },

    'spans bear every list, whatever its headers are': async (context) => {
      const tracer = await started(context)
      for (let time = 0; time < 500; time++) {
        const span = process(tracer, context.random)
        inject(span, context.random)
        end(span, context.random)
      }
    },

    'headers that were there stay, in their order, and none is changed': async (context) => {
      const tracer = await started(context)
      for (let time = 0; time < 500; time++) {
        const span = process(tracer, context.random)
        for (const by of [tracer, span]) {
          const { after, before } = inject(by, context.random)
          const own = (all: TracedHeaders): TracedHeaders => all.filter(([header]) => header.startsWith('own'))
          ok(
            own(after).length === own(before).length && own(after).every((one, index) => one === own(before)[index]),
            'headers of others are passed on as they are',
            describe(after),
          )
        }
      }
    },

    'what it has injected is replaced, not repeated, on the way from topic to topic': async (context) => {
      const tracer = await started(context)
      let headers: Headers = []
      for (let hop = 0; hop < 20; hop++) {
        const span = tracer.process({ ...facts(context.random), records: [{ offset: hop, timestamp: 0, headers }] })
        headers = span.inject({ kind: 'send', topic: 'next', headers })
        span.end('done')
        const names = headers.map(([header]) => header)
        equal(names.length, new Set(names).size, 'a header of the tracer is there at most once')
      }
    },

    'a span injects after its end': async (context) => {
      const tracer = await started(context)
      for (let time = 0; time < 50; time++) {
        const span = process(tracer, context.random)
        end(span, context.random)
        inject(span, context.random)
      }
    },

    'it is called while the sensor closes, and after': async (context) => {
      const sensor = await startedSensor(context)
      const tracer = sensor.trace!
      const before = process(tracer, context.random)
      const closing = sensor.close()
      inject(process(tracer, context.random), context.random)
      await closing
      inject(before, context.random)
      end(before, context.random)
      end(process(tracer, context.random), context.random)
      equal(
        tracer.run(nothing, () => 1),
        1,
        'run answers what its body answers',
      )
    },
  },
}

const nothing = (): undefined => undefined

async function startedSensor(context: SensorContext): Promise<Sensor> {
  const sensor = await context.create()
  context.cleanup.add('the sensor', () => sensor.close())
  await sensor.start({ app: 'kit', clock: context.clock, logger: silentLogger() })
  return sensor
}

async function started(context: SensorContext): Promise<Tracer> {
  return (await startedSensor(context)).trace!
}

function process(tracer: Tracer, random: SeededRandom): ProcessSpan {
  const span = quietly('process', () => tracer.process(facts(random)))
  ok(typeof span?.inject === 'function' && typeof span.end === 'function', 'process answers a span')
  return span
}

function end(span: ProcessSpan | undefined, random: SeededRandom): void {
  const outcome = random.pick(OUTCOMES)
  const answer: unknown = quietly('end', () => span?.end(outcome, outcome === 'failed' ? failure(random) : undefined))
  if (answer !== undefined) fail(QUIET, `end answered ${describe(answer)}`)
}

function inject(by: Pick<ProcessSpan, 'inject'>, random: SeededRandom): { before: Headers; after: TracedHeaders } {
  const before = headersOf(random)
  const shallow = before.map((header) => [...header])
  const kinds: readonly InjectFacts['kind'][] = ['send', 'changelog', 'deadLetter']
  const after = quietly('inject', () => by.inject({ kind: random.pick(kinds), topic: name(random), headers: before }))
  ok(Array.isArray(after), 'inject answers headers', describe(after))
  for (const header of after) {
    const [key, value] = header as readonly unknown[]
    ok(typeof key === 'string' && (value === null || value instanceof Uint8Array), 'a header is a name and bytes')
  }
  equal<unknown>(before, shallow, 'the headers that were given are not changed')
  return { before, after }
}

function facts(random: SeededRandom): ProcessFacts {
  const record = (): TracedRecord => ({
    offset: random.int(1_000_000),
    timestamp: random.int(2_000_000_000),
    headers: headersOf(random),
  })
  return {
    agent: name(random),
    topic: name(random),
    partition: random.int(100),
    attempt: 1 + random.int(3),
    records: [record(), ...Array.from({ length: random.int(4) }, record)],
  }
}

/** What others have written, and what tracers write, whole and damaged. */
function headersOf(random: SeededRandom): Headers {
  const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
  const one = (): Headers[number] =>
    random.pick<Headers[number]>([
      ['own', bytes('x')],
      ['own empty', new Uint8Array()],
      ['own null', null],
      ['own \u{1f980}', new Uint8Array([0xff, 0xfe, 0x00])],
      ['traceparent', bytes('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')],
      ['traceparent', bytes('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00')],
      ['traceparent', bytes('00-00000000000000000000000000000000-0000000000000000-01')],
      ['traceparent', bytes('nonsense')],
      ['traceparent', new Uint8Array([0xff, 0x00])],
      ['traceparent', null],
      ['tracestate', bytes('a=1,b=2')],
      ['tracestate', bytes('=,,;')],
      ['baggage', bytes('user=7;p=%20,odd')],
    ])
  return Array.from({ length: random.int(5) }, one)
}

function quietly<R>(member: string, call: () => R): R {
  try {
    return call()
  } catch (error) {
    return fail(QUIET, `${member} threw ${describe(error)}`)
  }
}
