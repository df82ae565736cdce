import type { TracedHeaders } from '@faust/core'
import { ROOT_CONTEXT, trace, type SpanContext } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { extract, inject } from '../src/headers.ts'
import { propagator } from './support/sdk.ts'

const one: SpanContext = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)
const texts = (headers: TracedHeaders): unknown[] =>
  headers.map(([name, value]) => [name, value === null ? null : new TextDecoder().decode(value)])
const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('a context goes into headers and comes back', () => {
  const headers = inject(propagator, trace.setSpanContext(ROOT_CONTEXT, one), [['own', null]])
  expect(texts(headers)).toEqual([
    ['own', null],
    ['traceparent', parent],
  ])
  expect(trace.getSpanContext(extract(propagator, ROOT_CONTEXT, headers))).toMatchObject(one)
})

test('it takes the place of another, whatever case its name is in; the rest keeps its order', () => {
  const before = [
    ['a', bytes('1')],
    ['TraceParent', bytes('old')],
    ['b', null],
    ['traceparent', bytes('older')],
    ['a', bytes('2')],
  ] as const
  expect(texts(inject(propagator, trace.setSpanContext(ROOT_CONTEXT, one), before))).toEqual([
    ['a', '1'],
    ['b', null],
    ['a', '2'],
    ['traceparent', parent],
  ])
})

test('without a context the headers stay the same array', () => {
  const headers = [['traceparent', bytes(parent)]] as const
  expect(inject(propagator, ROOT_CONTEXT, headers)).toBe(headers)
})

test('of several headers the last one counts; one that makes no sense is none', () => {
  const contextOf = (...values: (string | null)[]): SpanContext | undefined =>
    trace.getSpanContext(
      extract(
        propagator,
        ROOT_CONTEXT,
        values.map((value) => ['traceparent', value === null ? null : bytes(value)] as const),
      ),
    )
  expect(contextOf('nonsense', parent)).toMatchObject(one)
  expect(contextOf(parent, 'nonsense')).toBeUndefined()
  expect(contextOf(null)).toBeUndefined()
  expect(contextOf()).toBeUndefined()
})
