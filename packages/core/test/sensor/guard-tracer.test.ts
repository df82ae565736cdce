import { expect, test } from 'vitest'
import type { ProcessSpan, SpanOutcome, Tracer } from '../../src/index.ts'
import { guardTracer } from '../../src/sensor/guard-tracer.ts'

const facts = { agent: 'a', topic: 't', partition: 0, attempt: 1, records: [{ offset: 0, timestamp: 0, headers: [] }] }
const leaving = { kind: 'send', topic: 't', headers: [['own', null]] } as const

function guarded(tracer: Partial<Tracer>): { readonly guard: Tracer; readonly dropped: string[] } {
  const dropped: string[] = []
  const whole: Tracer = {
    run: (_, body) => body(),
    process: () => ({ end: () => {}, inject: ({ headers }) => headers }),
    inject: ({ headers }) => headers,
    ...tracer,
  }
  const guard = guardTracer(whole, { active: () => dropped.length === 0, drop: (member) => void dropped.push(member) })
  return { guard, dropped }
}

const boom = (): never => {
  throw new Error('boom')
}

test('a span ends once: what comes first counts', () => {
  const ends: (readonly [SpanOutcome, unknown])[] = []
  const { guard } = guarded({
    process: () => ({
      inject: ({ headers }) => headers,
      end: (...end) => void ends.push(end as [SpanOutcome, unknown]),
    }),
  })
  const span = guard.process(facts)
  const error = new Error('x')
  span.end('failed', error)
  span.end('released')
  span.end('done')
  expect(ends).toEqual([['failed', error]])
})

test('the tracer sees its own spans as current, not what guards them', () => {
  const own: ProcessSpan = { inject: ({ headers }) => headers, end: () => {} }
  let seen: unknown
  const { guard } = guarded({
    process: () => own,
    run(current, body) {
      seen = current()
      return body()
    },
  })
  const span = guard.process(facts)
  expect(
    guard.run(
      () => span,
      () => 7,
    ),
  ).toBe(7)
  expect(seen).toBe(own)
})

test.each<readonly [string, Partial<Tracer>]>([
  ['trace.process', { process: boom }],
  ['trace.inject', { process: () => ({ inject: boom, end: () => {} }) }],
  ['trace.process(…).end', { process: () => ({ inject: ({ headers }) => headers, end: boom }) }],
])('one that throws in %s is dropped; headers stay as they are', (member, tracer) => {
  const { dropped, guard } = guarded(tracer)
  const span = guard.process(facts)
  expect(span.inject(leaving)).toBe(leaving.headers)
  span.end('done')
  expect(dropped).toEqual([member])
  expect(guard.inject(leaving)).toBe(leaving.headers)
  expect(guard.process(facts).inject(leaving)).toBe(leaving.headers)
})

test('a run that throws before its body has begun is dropped; what the body throws is its own', () => {
  const early = guarded({ run: boom })
  expect(
    early.guard.run(
      () => undefined,
      () => 1,
    ),
  ).toBe(1)
  expect(early.dropped).toEqual(['trace.run'])
  const own = guarded({})
  expect(() => own.guard.run(() => undefined, boom)).toThrow('boom')
  expect(own.dropped).toEqual([])
})
